/**
 * The script of the HTML report: figures under the pointer (or the arrow keys), and a filter of the timeline. The page
 * says everything without it. A constant; loads nothing, sends nothing, and puts text in by `textContent` alone.
 *
 * It reads the element `data`: `{ chart: [left, right, width], span: [fromMs, toMs], phases, points }`, a point being
 * `[atMs, nodesReady, nodes, podsReady, ...pods by phase]`.
 */
export const SCRIPT = `
(function () {
  var get = function (id) { return document.getElementById(id); };
  var data = JSON.parse(get('data').textContent);
  var svg = get('chart'), line = get('cursor'), at = get('at'), box = get('scroll');
  var points = data.points, place = -1;
  var two = function (n) { return (n < 10 ? '0' : '') + n; };
  var clock = function (ms) {
    var s = Math.floor(Math.abs(ms) / 1000), h = Math.floor(s / 3600);
    var text = two(Math.floor(s / 60) % 60) + ':' + two(s % 60);
    return (ms < 0 ? '-' : '') + (data.span[1] >= 3600000 ? h + ':' : '') + text;
  };
  var show = function (index) {
    if (points.length === 0) return;
    place = Math.max(0, Math.min(points.length - 1, index));
    var point = points[place];
    var share = (point[0] - data.span[0]) / (data.span[1] - data.span[0]);
    var x = data.chart[0] + share * (data.chart[2] - data.chart[0] - data.chart[1]);
    line.setAttribute('x1', x);
    line.setAttribute('x2', x);
    var words = [clock(point[0]), point[1] + ' of ' + point[2] + ' nodes ready',
      point[3] + ' pods ready'];
    data.phases.forEach(function (phase, i) {
      if (point[4 + i] > 0) words.push(point[4 + i] + ' ' + phase);
    });
    at.textContent = words.join(' \\u00b7 ');
  };
  var near = function (event) {
    var rect = svg.getBoundingClientRect();
    var x = (event.clientX - rect.left) / rect.width * data.chart[2];
    var share = (x - data.chart[0]) / (data.chart[2] - data.chart[0] - data.chart[1]);
    var ms = data.span[0] + share * (data.span[1] - data.span[0]);
    var low = 0, high = points.length - 1;
    while (low < high) {
      var middle = (low + high + 1) >> 1;
      if (points[middle][0] <= ms) low = middle; else high = middle - 1;
    }
    show(low);
  };
  svg.addEventListener('pointermove', near);
  svg.addEventListener('pointerdown', near);
  box.addEventListener('keydown', function (event) {
    var step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(place + step);
  });
  at.textContent = 'Point at the chart, or use the arrow keys on it, to read the figures of a time.';

  var filter = get('filter'), search = get('search'), count = get('count');
  var rows = Array.prototype.slice.call(document.querySelectorAll('#timeline tbody tr'));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  var apply = function () {
    var words = search.value.toLowerCase().split(/\\s+/), kinds = {}, shown = 0;
    filter.querySelectorAll('input[type=checkbox]').forEach(function (input) {
      kinds[input.value] = input.checked;
    });
    rows.forEach(function (row, i) {
      var is = kinds[row.className] !== false && words.every(function (word) {
        return texts[i].indexOf(word) !== -1;
      });
      row.hidden = !is;
      if (is) shown += 1;
    });
    count.textContent = shown + ' of ' + rows.length;
  };
  filter.hidden = false;
  filter.addEventListener('input', apply);
  apply();
})();
`;
