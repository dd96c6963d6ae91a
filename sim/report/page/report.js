// Draws every picture of a page from the specification beside it; no network, no other library
// than Vega and Vega-Lite. Pictures follow the page's theme and width.
'use strict';
(() => {
  const views = {};
  window.partitaViews = views;  // By id of the picture: for tests and the curious.

  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  };

  function config() {
    const text = css('--text'), faint = css('--faint'), line = css('--line');
    return {
      background: null,
      font: 'system-ui, sans-serif',
      padding: {left: 2, right: 12, top: 6, bottom: 2},
      view: {stroke: null},
      axis: {
        labelColor: text, titleColor: faint, domainColor: line, tickColor: line, gridColor: line,
        gridOpacity: 0.6, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal',
        labelLimit: 170, titlePadding: 8,
      },
      axisY: {minExtent: 60},
      axisXQuantitative: {tickCount: 10},
      legend: {
        labelColor: text, titleColor: faint, labelFontSize: 12, titleFontSize: 12,
        titleFontWeight: 'normal', orient: 'top', symbolType: 'square', labelLimit: 240,
        symbolStrokeWidth: 0,
      },
      header: {labelColor: text, titleColor: faint, labelFontSize: 12},
      title: {color: text, fontSize: 13, anchor: 'start', fontWeight: 600},
      text: {fill: text, color: text, fontSize: 11},
      rule: {color: faint}, tick: {color: text, opacity: 1}, line: {strokeWidth: 2},
      point: {filled: true, size: 60, opacity: 0.9},
      range: {
        // Okabe and Ito, without black, which one of the two grounds would swallow.
        category: ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8c8c8c',
                   '#f0e442'],
      },
    };
  }

  // Colours that depend on the ground are named in specifications: "@text", "@faint", ...
  function named(node) {
    if (typeof node === 'string')
      return /^@(text|faint|line|ground|panel|accent)$/.test(node) ? css('--' + node.slice(1))
                                                                   : node;
    if (Array.isArray(node)) return node.map(named);
    if (node && typeof node === 'object') {
      const out = {};
      for (const key of Object.keys(node))
        out[key] = key === 'values' || key === 'datasets' ? node[key] : named(node[key]);
      return out;
    }
    return node;
  }

  // "container" widths as numbers: concatenated pictures cannot ask for their container's.
  function widen(node, width) {
    if (Array.isArray(node)) return node.forEach(part => widen(part, width));
    if (!node || typeof node !== 'object') return;
    if (node.width === 'container') node.width = width;
    for (const key of ['layer', 'vconcat', 'hconcat', 'concat', 'spec'])
      if (node[key]) widen(node[key], width);
  }

  const tip = document.createElement('div');
  tip.id = 'tooltip';
  tip.setAttribute('role', 'tooltip');
  document.body.append(tip);

  function place(event) {
    const box = tip.getBoundingClientRect(), gap = 14;
    let x = event.clientX + gap, y = event.clientY + gap;
    if (x + box.width > innerWidth - 4) x = Math.max(4, event.clientX - box.width - gap);
    if (y + box.height > innerHeight - 4) y = Math.max(4, event.clientY - box.height - gap);
    tip.style.left = x + 'px';
    tip.style.top = y + 'px';
  }

  function tooltip(handler, event, item, value) {
    if (value === null || value === undefined || value === '') {
      tip.classList.remove('shown');
      return;
    }
    tip.replaceChildren();
    if (typeof value === 'object') {
      const table = document.createElement('table');
      for (const key of Object.keys(value)) {
        const text = String(value[key]);
        if (text === '' || text === 'undefined' || text === 'null') continue;
        const row = table.insertRow();
        const name = document.createElement('th');
        name.textContent = key;
        row.append(name);
        row.insertCell().textContent = text;
      }
      tip.append(table);
    } else {
      tip.textContent = String(value);
    }
    tip.classList.add('shown');
    place(event);
  }

  /// Signals that hold the visible part of the time axis.
  function zoomSignal(view) {
    return Object.keys(view.getState({signals: () => true, data: () => false}).signals)
        .find(name => /^zoom_/.test(name) && !/_(tuple|modify|x|y|translate|zoom)/.test(name));
  }

  function zoom(id, factor, shift) {
    const view = views[id], whole = view.partita.whole, signal = view.partita.zoom;
    if (!signal) return;
    let [a, b] = view.signal(signal) || whole;
    const centre = (a + b) / 2, half = (b - a) / 2 * factor, by = shift * (b - a);
    view.signal(signal, factor === 0 ? null : [centre - half + by, centre + half + by])
        .runAsync();
  }

  // What is picked in one picture is marked in all that know the signal.
  function pick(name) {
    for (const view of Object.values(views)) {
      if (!view.partita.picks) continue;
      view.signal('picked', name).runAsync();
    }
  }

  function save(name, type, text) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], {type}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function button(text, title, act) {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.title = title;
    made.setAttribute('aria-label', title);
    made.addEventListener('click', act);
    return made;
  }

  function tools(box, spec, view) {
    let bar = box.nextElementSibling;
    if (bar && bar.classList.contains('tools')) return;
    bar = document.createElement('div');
    bar.className = 'tools';
    const id = box.id;
    if (view.partita.zoom)
      bar.append(button('+', 'Zoom in', () => zoom(id, 0.5, 0)),
                 button('−', 'Zoom out', () => zoom(id, 2, 0)),
                 button('◀', 'Earlier', () => zoom(id, 1, -0.3)),
                 button('▶', 'Later', () => zoom(id, 1, 0.3)),
                 button('whole', 'The whole time', () => zoom(id, 0, 0)));
    bar.append(button('SVG', 'Download the picture',
                      () => views[id].toSVG().then(text => save(id + '.svg', 'image/svg+xml', text))),
               button('data', 'Download the data as JSON',
                      () => save(id + '.json', 'application/json', JSON.stringify(spec))));
    box.after(bar);
    box.addEventListener('keydown', event => {
      const keys = {'+': [0.5, 0], '-': [2, 0], ArrowLeft: [1, -0.2], ArrowRight: [1, 0.2],
                    '0': [0, 0]};
      const move = keys[event.key];
      if (!move || !view.partita.zoom || event.ctrlKey || event.metaKey) return;
      zoom(id, ...move);
      event.preventDefault();
    });
  }

  async function draw(box) {
    const spec = JSON.parse(document.getElementById(box.dataset.spec).textContent);
    const usual = spec.usermeta || {};
    box.classList.toggle('tall', Boolean(usual.tall));
    const coloured = named(spec);
    const inset = usual.inset || 90;
    widen(coloured, Math.max(usual.least || 260, box.clientWidth - inset - 16));
    coloured.config = {...config(), ...(coloured.config || {})};
    const compiled = vegaLite.compile(coloured).spec;
    const old = views[box.id];
    if (old) old.finalize();
    const view = new vega.View(vega.parse(compiled), {
      renderer: usual.renderer || 'svg', container: box, hover: true, tooltip,
      logLevel: vega.Warn,
    });
    await view.runAsync();
    view.partita = {zoom: zoomSignal(view), whole: usual.whole, picks: usual.picks};
    views[box.id] = view;
    if (usual.picks)
      view.addEventListener('click', (event, item) => {
        const name = item && item.datum && (item.datum.op || (item.datum.datum || {}).op);
        pick(name && name !== view.signal('picked') ? name : null);
      });
    tools(box, spec, view);
    box.setAttribute('role', 'img');
    return view;
  }

  const boxes = () => [...document.querySelectorAll('.picture')];
  async function drawAll() {
    for (const box of boxes()) {
      try {
        await draw(box);
      } catch (error) {
        box.textContent = 'This picture could not be drawn: ' + error.message;
        console.error(error);
      }
    }
    document.documentElement.dataset.drawn = String(Date.now());
  }

  const theme = document.getElementById('theme');
  const label = () => { theme.textContent = isDark() ? 'Light' : 'Dark'; };
  theme.addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    label();
    drawAll();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    label();
    drawAll();
  });
  let width = innerWidth, waiting = 0;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 200);
  });
  label();
  drawAll();
})();
