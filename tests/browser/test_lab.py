"""Does the lab page do what a student's hand asks of it?"""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "serve"))

from browser import Browser
from lab_service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

JOB = "#soc=snapdragon-855&model=squeezenet_v1_1&partitioner=single"


class Lab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.open_browser = Browser(1400, 900)
        cls.browser = cls.open_browser.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.open_browser.__exit__()
        cls.service.end()

    def setUp(self):
        self.browser.get("about:blank")
        self.browser.get(self.service.url + JOB)
        self.wait("return true")

    def tearDown(self):
        said = [entry["message"] for entry in self.browser.get_log("browser")]
        self.assertEqual(said, [])

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        script = f"if (!window.partita) return false; {script}"
        WebDriverWait(self.browser, 30).until(lambda _: self.js(script, *arguments))

    def answer(self):
        return self.js("return window.partita.answer")

    def bar(self, op):
        return self.browser.find_element(By.CSS_SELECTOR, f'.compute[data-op="{op}"]')

    def lane(self, unit):
        return self.browser.find_element(By.CSS_SELECTOR, f'.lane[data-unit="{unit}"]')

    def other_unit(self, op):
        """A unit that can run it and does not."""
        units = self.answer()["units"]
        return next(
            unit["name"]
            for i, unit in enumerate(units)
            if op["alone_s"][i] is not None and i != op["shares"][0]["unit"]
        )

    def wait_for_move(self, op, unit):
        self.wait(
            "const a = window.partita.answer, op = a.operators.find((o) => o.name === arguments[0]);"
            "return a.moved === 1 && a.units[op.shares[0].unit].name === arguments[1]",
            op,
            unit,
        )

    def test_every_task_is_a_bar_and_every_unit_a_row(self):
        answer = self.answer()
        drawn = [task for task in answer["tasks"] if task["finish_s"] > task["start_s"]]
        self.assertEqual(len(self.browser.find_elements(By.CSS_SELECTOR, ".task")), len(drawn))
        rows = [row.get_attribute("data-unit") for row in self.browser.find_elements(By.CSS_SELECTOR, ".lane")]
        self.assertEqual(rows, [unit["name"] for unit in answer["units"]])
        shown = self.browser.find_element(By.ID, "answer").text
        self.assertIn(f"{1e3 * answer['latency_s']:.2f} ms", shown)

    def test_an_operator_is_dragged_to_another_unit(self):
        before = self.answer()
        op = max(before["operators"], key=lambda o: o["macs"])
        unit = self.other_unit(op)
        hand = ActionChains(self.browser).click_and_hold(self.bar(op["name"]))
        hand.move_to_element(self.lane(unit)).perform()
        self.assertIn(op["name"], self.browser.find_element(By.ID, "tip").text)
        self.assertIn("over", self.lane(unit).get_attribute("class"))
        ActionChains(self.browser).release().perform()
        self.wait_for_move(op["name"], unit)
        self.assertNotEqual(self.answer()["latency_s"], before["latency_s"])
        # The link holds it: a reader who opens it sees the same.
        link = self.browser.current_url
        self.browser.get("about:blank")
        self.browser.get(link)
        self.wait_for_move(op["name"], unit)
        # And back.
        self.browser.find_element(By.CSS_SELECTOR, "#moves button").click()
        self.wait("return window.partita.answer.moved === 0")
        self.assertEqual(self.answer()["latency_s"], before["latency_s"])

    def test_the_keyboard_moves_it_too(self):
        before = self.answer()
        op = before["operators"][1]
        at = op["shares"][0]["unit"]
        above = next(u for u in reversed(range(at)) if op["alone_s"][u] is not None)
        self.js("arguments[0].focus()", self.bar(op["name"]))
        self.browser.switch_to.active_element.send_keys(Keys.ARROW_UP)
        self.wait_for_move(op["name"], before["units"][above]["name"])

    def test_an_operator_is_cut_between_two_units(self):
        op = next(o for o in self.answer()["operators"] if "height" in o["cuts"])
        self.bar(op["name"]).click()
        second = self.other_unit(op)
        picks = self.browser.find_elements(By.CSS_SELECTOR, "#chosen select")
        self.assertEqual(len(picks), 2)
        picks[1].send_keys(second)
        self.wait(
            "return window.partita.answer.operators.find((o) => o.name === arguments[0]).shares.length === 2",
            op["name"],
        )
        self.js(
            "const s = document.querySelector('#chosen input'); s.value = 0.25; s.dispatchEvent(new Event('input'))"
        )
        self.wait(
            "const [a, b] = window.partita.answer.operators.find((o) => o.name === arguments[0]).shares;"
            "return Math.abs(a.end / b.end - 0.25) < 0.05",
            op["name"],
        )

    def test_a_slower_memory_takes_no_less_time(self):
        before = self.answer()["latency_s"]
        self.js(
            "const s = document.querySelector('#sliders input[aria-label=\"memory bandwidth\"]');"
            "s.value = -3; s.dispatchEvent(new Event('input'))"
        )
        self.wait("return window.partita.answer.latency_s > arguments[0]", before)
        self.assertIn("change.memory.bandwidth=0.1250x", self.browser.current_url)

    def test_the_wheel_zooms_and_all_comes_back(self):
        bars = "return document.querySelectorAll('.task').length"
        every = self.js(bars)
        self.js(
            "const t = document.querySelector('#timeline svg'), f = t.getBoundingClientRect();"
            "for (let i = 0; i < 12; ++i) document.querySelector('#timeline svg').dispatchEvent("
            "new WheelEvent('wheel', {deltaY: -100, clientX: f.left + f.width / 2, clientY: f.top + 20, cancelable: true}))"
        )
        self.assertLess(self.js(bars), every)
        self.browser.find_element(By.ID, "all").click()
        self.assertEqual(self.js(bars), every)

    def test_a_wrong_network_is_said_and_the_page_goes_on(self):
        field = self.browser.find_element(By.ID, "model")
        field.clear()
        field.send_keys("no-such-network\t")
        self.wait("return !document.getElementById('problem').hidden")
        self.assertIn("no-such-network", self.browser.find_element(By.ID, "problem").text)
        field.clear()
        field.send_keys("alexnet\t")
        self.wait("return window.partita.answer.model === 'alexnet'")
        self.assertTrue(self.js("return document.getElementById('problem').hidden"))


if __name__ == "__main__":
    unittest.main()
