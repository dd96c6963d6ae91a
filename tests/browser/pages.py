#!/usr/bin/python3
"""Pages of the command, opened as files in headless Chromium.

Run by CTest as `browser`: pages.py PARTITA. Exit code 77 where chromium or selenium is missing.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import browser  # noqa: E402

RUN = ["--soc", "rk3399pro", "--model", "alexnet-armcl", "--runtime", "armcl-lwga"]
PAGES = {
    "run": ["run", *RUN, "--mapping", "GGLLBBBB"],
    "pipeline": ["run", *RUN, "--partitioner", "pipeline", "--objective", "throughput",
                 "--requests", "6"],
    "cut": ["run", "--soc", "snapdragon-855", "--model", "squeezenet", "--runtime", "mace",
            "--partitioner", "mulayer"],
    "compare": ["compare", *RUN, "--partitioners", "chain-dp,greedy,heft,pipeline"],
    "grid": ["compare", "--soc", "rk3399pro,rk3588", "--model", "mobilenet-v2,squeezenet",
             "--runtime", "roofline", "--partitioners", "chain-dp,greedy,heft"],
    "live": ["live", "--soc", "snapdragon-855", "--workload", "camera", "--conditions", "game",
             "--duration", "300ms"],
    "study": ["study", "E2", "--quick"],
    "validate": ["validate", "contention"],
}
failures = []


def check(page, what, true, more=""):
    if not true:
        failures.append("%s: %s %s" % (page, what, more))


def make(partita, folder):
    """Every page of PAGES; the tasks of `run` as the CSV has them."""
    for name, arguments in PAGES.items():
        out = os.path.join(folder, name + ".html")
        more = ["--csv", os.path.join(folder, "tasks.csv")] if name == "run" else []
        done = subprocess.run([partita, *arguments, "--report", out, *more], capture_output=True,
                              text=True)
        if done.returncode != 0:
            sys.exit("%s: %s" % (name, done.stderr))
        if name in ("cut", "compare"):  # Same question, same bytes.
            again = os.path.join(folder, "again.html")
            subprocess.run([partita, *arguments, "--report", again], capture_output=True, check=True)
            with open(out, "rb") as one, open(again, "rb") as two:
                check(name, "the same bytes again", one.read() == two.read())
    with open(os.path.join(folder, "tasks.csv"), newline="") as file:
        return list(csv.DictReader(file))


# Items of marks of a kind that carry this field, over all pictures; position of one on the screen.
MARKS = """
const [type, field, value] = arguments, found = [];
for (const [id, view] of Object.entries(window.partitaViews)) {
  const walk = (node, x, y) => {
    for (const item of node.items || []) {
      if (node.marktype === 'group') {
        for (const child of item.items || []) walk(child, x + (item.x || 0), y + (item.y || 0));
      } else if (node.marktype === type && item.datum && item.datum[field] !== undefined &&
                 (value === null || item.datum[field] === value)) {
        found.push({id, x: x + (item.bounds.x1 + item.bounds.x2) / 2,
                    y: y + (item.bounds.y1 + item.bounds.y2) / 2,
                    fill: item.fill, stroke: item.stroke, width: item.strokeWidth});
      }
    }
  };
  const origin = view.origin();
  walk(view.scenegraph().root, origin[0], origin[1]);
}
return found;
"""


def marks(driver, kind, field, value=None):
    return driver.execute_script(MARKS, kind, field, value)


def point_at(driver, mark):
    """Moves the mouse onto a mark; scrolled into sight first."""
    from selenium.webdriver.common.action_chains import ActionChains

    x, y = driver.execute_script("""
      const box = document.getElementById(arguments[0]);
      box.scrollIntoView({block: 'center'});
      box.scrollTop = Math.max(0, arguments[2] - box.clientHeight / 2);
      const drawing = box.querySelector('svg, canvas').getBoundingClientRect();
      return [drawing.left + arguments[1], drawing.top + arguments[2]];""",
                                 mark["id"], mark["x"], mark["y"])
    actions = ActionChains(driver)
    actions.w3c_actions.pointer_action.move_to_location(round(x) - 3, round(y))
    actions.w3c_actions.pointer_action.move_to_location(round(x), round(y))
    actions.perform()
    return round(x), round(y)


def tooltip(driver):
    return driver.execute_script(
        "const t = document.getElementById('tooltip');"
        "return t.classList.contains('shown') ? t.innerText : ''")


def check_any(driver, name):
    """What holds for every page."""
    pictures = driver.execute_script("return document.querySelectorAll('.picture').length")
    views = driver.execute_script("return Object.keys(window.partitaViews).length")
    check(name, "every picture is drawn", pictures > 0 and views == pictures,
          "%d of %d" % (views, pictures))
    bare = driver.execute_script("""
      return [...document.querySelectorAll('section')].filter(
          s => s.querySelector('.picture') && !s.querySelector('details table tbody tr'))
          .map(s => s.querySelector('h2').textContent)""")
    check(name, "a table behind every picture", not bare, bare)
    mute = driver.execute_script("""
      return [...document.querySelectorAll('.picture')].filter(
          p => p.getAttribute('role') !== 'img' || !p.getAttribute('aria-label') ||
               p.tabIndex !== 0).length""")
    check(name, "pictures have words and can be reached by keyboard", mute == 0)
    empty = driver.execute_script("""
      return Object.entries(window.partitaViews).filter(([id, view]) => {
        let n = 0;
        const walk = node => { for (const item of node.items || []) {
          if (item.mark && item.mark.marktype !== 'group' && item.datum) ++n; walk(item); } };
        walk(view.scenegraph().root); return n === 0; }).map(e => e[0])""")
    check(name, "no picture is empty", not empty, empty)
    wide = driver.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(name, "the page is not wider than the window", wide <= 0, wide)
    for entry in driver.get_log("browser"):
        check(name, "nothing on the console", False, entry["message"][:300])
    asked = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if not url.startswith(("file:", "data:", "blob:", "about:", "chrome:")):
                asked.append(url)
    check(name, "no request", not asked, asked)


def check_timeline(driver, tasks):
    bars = marks(driver, "rect", "w")
    check("run", "a bar for every task", len(bars) == len(tasks), "%d, %d" % (len(bars), len(tasks)))
    # The longest computing task, so that the mouse surely hits it.
    longest = driver.execute_script("""
      const data = JSON.parse(document.getElementById('spec-1').textContent)
          .vconcat[0].data.values.filter(d => d.c === 'computing');
      return data.reduce((a, b) => b.e - b.s > a.e - a.s ? b : a);""")
    bar = [b for b in marks(driver, "rect", "n", longest["n"]) if b["id"] == "picture-1"][0]
    point_at(driver, bar)
    said = tooltip(driver)
    for words in (longest["op"], longest["k"], "computing", "measured", longest["on"]):
        check("run", "the tooltip tells of the bar", words in said, "%r in %r" % (words, said))

    from selenium.webdriver.common.action_chains import ActionChains
    ActionChains(driver).click().perform()
    boxes = [b for b in marks(driver, "rect", "ops") if (b["width"] or 0) > 3]
    check("run", "a click marks the operator in the network", len(boxes) == 1, len(boxes))

    domain = "return window.partitaViews['picture-1'].scale('tasks_x').domain().map(Number)"
    linked = domain.replace("tasks_x", "concat_2_x")
    before = driver.execute_script(domain)
    x, y = point_at(driver, bar)
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", {
        "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -240})
    driver.execute_async_script("setTimeout(arguments[0], 150)")
    after = driver.execute_script(domain)
    check("run", "the wheel zooms", after[1] - after[0] < 0.95 * (before[1] - before[0]),
          "%s, %s" % (before, after))
    check("run", "panels zoom together", driver.execute_script(linked) == after)
    driver.find_element("css selector", "#part-1 .tools [aria-label='The whole time']").click()
    driver.execute_async_script("setTimeout(arguments[0], 150)")
    check("run", "and back", driver.execute_script(domain) == before)


def check_dark(driver):
    ground = "return getComputedStyle(document.body).backgroundColor"
    label = "return window.partitaViews['picture-3'].scenegraph().root"
    labels = """const out = []; const walk = n => { for (const i of n.items || []) {
      if (n.role === 'axis-label') out.push(i.fill); walk(i); } };
      walk(%s); return out[0];""" % label.replace("return ", "")
    light = driver.execute_script(ground), driver.execute_script(labels)
    driver.execute_script("delete document.documentElement.dataset.drawn")
    driver.find_element("id", "theme").click()
    browser.wait_drawn(driver)
    dark = driver.execute_script(ground), driver.execute_script(labels)
    check("run", "dark is dark", dark[0] == "rgb(21, 24, 28)" and light[0] == "rgb(255, 255, 255)",
          "%s %s" % (light, dark))
    check("run", "pictures follow", light[1] != dark[1], "%s %s" % (light[1], dark[1]))


def main():
    if browser.missing():
        print("not installed: " + ", ".join(browser.missing()))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        tasks = make(os.path.realpath(sys.argv[1]), folder)
        with browser.Browser(requests=True) as driver:
            for name in PAGES:
                driver.get("file://%s/%s.html" % (folder, name))
                browser.wait_drawn(driver)
                if name == "run":
                    check_timeline(driver, tasks)
                    check_dark(driver)
                check_any(driver, name)
    for failure in failures:
        print(failure)
    print("%d pages, %d failures" % (len(PAGES), len(failures)))
    return 1 if failures else 0


sys.exit(main())
