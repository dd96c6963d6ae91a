"""A headless Chromium for pages: no network but loopback, nothing kept."""
import shutil
import tempfile

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--force-color-profile=srgb",
]


def missing():
    """What is not installed; empty: nothing."""
    out = [] if shutil.which("chromium") else ["chromium"]
    out += [] if shutil.which("chromedriver") else ["chromium-driver"]
    try:
        import selenium  # noqa: F401
    except ImportError:
        out.append("python3-selenium")
    return out


class Browser:
    """`with Browser() as driver:` a selenium driver with its own empty profile."""

    def __init__(self, width=1280, height=1000, dark=False, requests=False):
        self.size, self.dark, self.requests = (width, height), dark, requests

    def __enter__(self):
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service

        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = Options()
        options.binary_location = shutil.which("chromium")
        for flag in FLAGS + ["--window-size=%d,%d" % self.size,
                             "--user-data-dir=" + self.profile.name]:
            options.add_argument(flag)
        if self.dark:
            options.add_argument("--blink-settings=preferredColorScheme=0")
        logs = {"browser": "ALL"}
        if self.requests:
            logs["performance"] = "ALL"
        options.set_capability("goog:loggingPrefs", logs)
        self.driver = webdriver.Chrome(options=options,
                                       service=Service(shutil.which("chromedriver")))
        self.driver.set_script_timeout(30)
        return self.driver

    def __exit__(self, *_):
        self.driver.quit()
        self.profile.cleanup()


def wait_drawn(driver, seconds=30):
    """Until every picture of the page is drawn."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, seconds, poll_frequency=0.1).until(
        lambda d: d.execute_script("return document.documentElement.dataset.drawn"))
