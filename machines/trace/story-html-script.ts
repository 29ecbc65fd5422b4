/**
 * The script of a story's page: shows the rows of the element `data` (see `story-html-data.ts`) as a tree beside a time
 * axis. A constant; loads nothing, sends nothing, and puts text in by `textContent` alone.
 */
export const STORY_SCRIPT = `
(function () {
  var get = function (id) { return document.getElementById(id); };
  var data = JSON.parse(get('data').textContent), rows = data.rows;
  var tree = get('tree'), filter = get('filter'), onlyCritical = get('critical');
  var byId = {}, shutRows = {}, selected = -1, shown = [], view;
  rows.forEach(function (row, i) { row.i = i; byId[row.id] = row; });
  var make = function (tag, name, text) {
    var element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined && text !== '') element.textContent = text;
    return element;
  };
  var ms = function (value) {
    if (value === 0) return '0 ms';
    if (Math.abs(value) < 0.01) return (value * 1000).toFixed(0) + ' \\u00b5s';
    if (Math.abs(value) < 1000) return value.toFixed(Math.abs(value) < 100 ? 2 : 0) + ' ms';
    if (Math.abs(value) < 120000) return (value / 1000).toFixed(2) + ' s';
    return (value / 60000).toFixed(1) + ' min';
  };
  /* The rows that closing a row hides: of the first of a branch all of it, of another what branches off there. */
  var below = function (i) {
    var row = rows[i], end = i + 1;
    while (end < rows.length) {
      var next = rows[end];
      if (next.depth < row.depth) break;
      if (next.depth === row.depth && (!row.begins || next.begins)) break;
      end += 1;
    }
    return end;
  };
  rows.forEach(function (row, i) { row.below = below(i) - i - 1; });
  var whole = [Math.min.apply(null, [0].concat(rows.map(function (r) { return r.at; }))), data.wholeMs];
  var lasting = Math.max(data.criticalMs, 0.001);
  view = whole[1] - whole[0] > 3 * lasting ? [0, lasting * 1.02] : whole;

  var words = function (row) {
    if (row.text) return row.text;
    var parts = [row.who, row.what, row.actor, row.object, row.process];
    row.steps.forEach(function (s) { parts.push(s[1], s[2], s[3], s[4].join(' '), s[7]); });
    row.writes.forEach(function (w) { parts.push(w[2], 'revision ' + w[3], w[5]); });
    if (row.request) parts.push(row.request.path, row.request.user, row.request.auditId);
    row.text = parts.join(' ').toLowerCase();
    return row.text;
  };
  var choose = function () {
    var asked = filter.value.toLowerCase().split(/\\s+/).filter(Boolean), list = [], i = 0;
    while (i < rows.length) {
      var row = rows[i];
      var is = (!onlyCritical.checked || row.critical) &&
        asked.every(function (word) { return words(row).indexOf(word) !== -1; });
      if (is) list.push(row);
      i += asked.length === 0 && shutRows[i] && row.below > 0 ? row.below + 1 : 1;
    }
    shown = list;
  };
  var place = function (at) { return (at - view[0]) / Math.max(view[1] - view[0], 1e-6) * 100; };
  var bars = function (row, box) {
    var add = function (name, from, to) {
      var left = Math.max(-1, place(from)), right = Math.min(101, place(to));
      if (right < 0 || left > 100) return;
      var bar = make('i', name);
      bar.style.left = left + '%';
      bar.style.width = Math.max(0, right - left) + '%';
      box.appendChild(bar);
    };
    if (row.wait > 0) add('waits', row.at - row.wait, row.at);
    add(row.part + (row.steps.length > 0 ? ' span' : ''), row.at, row.end);
    row.steps.forEach(function (s) { add(row.part + ' work', s[0], s[0] + s[6]); });
    var note = make('b', '', ms(row.end - row.at)), at = place(row.end);
    if (at < 0 || place(row.at) > 100) {
      note.textContent = (at < 0 ? '\\u2190 ' : '') + ms(row.at) + (at < 0 ? '' : ' \\u2192');
      note.style[at < 0 ? 'left' : 'right'] = '0';
    } else if (at > 80 && place(row.at) < 14) {
      note.style.right = Math.max(0, 100 - at) + '%';
      note.style.color = 'inherit';
    } else if (at > 80) note.style.right = Math.min(99, 100.4 - Math.max(0, place(row.at))) + '%';
    else note.style.left = at + 0.3 + '%';
    box.appendChild(note);
  };
  var draw = function (row) {
    var flat = filter.value !== '' || onlyCritical.checked;
    var line = make('div', 'row' + (row.critical ? ' critical' : ''));
    line.setAttribute('role', 'treeitem');
    line.setAttribute('aria-level', String(flat ? 1 : row.depth + 1));
    line.setAttribute('aria-selected', String(row.i === selected));
    line.tabIndex = row.i === selected ? 0 : -1;
    line.dataset.i = String(row.i);
    var label = make('div', 'label');
    label.style.setProperty('--d', String(flat ? 0 : row.depth));
    var can = row.below > 0 && !flat, shut = Boolean(shutRows[row.i]);
    if (can) line.setAttribute('aria-expanded', String(!shut));
    label.appendChild(make('span', 'twisty', can ? (shut ? '\\u25b8' : '\\u25be') : ''));
    label.appendChild(make('span', 'who ' + row.part, row.who));
    var what = make('span', 'what', row.what);
    what.title = row.what;
    label.appendChild(what);
    if (can && shut) label.appendChild(make('span', 'hidden-count', '+' + row.below));
    line.appendChild(label);
    var box = make('div', 'time');
    bars(row, box);
    line.appendChild(box);
    line.title = '+' + ms(row.at) + ', waited ' + ms(row.wait) + ', took ' + ms(row.end - row.at);
    return line;
  };
  var ticks = function () {
    var box = get('ticks'), span = view[1] - view[0];
    box.textContent = '';
    var count = Math.max(2, Math.floor(box.clientWidth / 90)), raw = span / count;
    var power = Math.pow(10, Math.floor(Math.log(raw) / Math.LN10));
    var step = [1, 2, 5, 10].map(function (n) { return n * power; })
      .filter(function (n) { return n >= raw; })[0] || raw;
    for (var at = Math.ceil(view[0] / step) * step; at <= view[1]; at += step) {
      var tick = make('span', '', '+' + (Math.abs(at) < step / 2 ? '0 ms' : ms(at).replace(/\\.00 /, ' ')));
      if (place(at) > 94) continue;
      tick.style.left = place(at) + '%';
      box.appendChild(tick);
    }
  };
  var show = function () {
    choose();
    var all = document.createDocumentFragment();
    shown.forEach(function (row) { all.appendChild(draw(row)); });
    tree.textContent = '';
    tree.appendChild(all);
    if (!tree.querySelector('[tabindex="0"]') && tree.firstChild) tree.firstChild.tabIndex = 0;
    get('count').textContent = shown.length + ' of ' + rows.length;
    get('zoom').disabled = selected < 0;
    get('whole').disabled = view === whole;
    ticks();
  };
  var line = function (i) { return tree.querySelector('[data-i="' + i + '"]'); };
  var select = function (i, focus) {
    var before = line(selected);
    if (before) { before.setAttribute('aria-selected', 'false'); before.tabIndex = -1; }
    else { var first = tree.querySelector('[tabindex="0"]'); if (first) first.tabIndex = -1; }
    selected = i;
    get('zoom').disabled = i < 0;
    var now = line(i);
    if (!now) return;
    now.setAttribute('aria-selected', 'true');
    now.tabIndex = 0;
    if (focus) now.focus();
    if (!get('detail').hidden) detail(rows[i]);
  };
  /* Opens what hides a row, and goes there. */
  var reveal = function (i) {
    Object.keys(shutRows).forEach(function (key) {
      var j = Number(key);
      if (j < i && i <= j + rows[j].below) delete shutRows[j];
    });
    filter.value = '';
    onlyCritical.checked = false;
    selected = i;
    show();
    select(i, true);
  };
  var toggle = function (i, shut) {
    if (rows[i].below === 0) return;
    if (shut === undefined) shut = !shutRows[i];
    if (shut) shutRows[i] = true; else delete shutRows[i];
    selected = i;
    show();
    var now = line(i);
    if (now) now.focus();
  };
  var zoom = function () {
    if (selected < 0) return;
    var from = Infinity, to = -Infinity, end = selected + rows[selected].below;
    for (var i = selected; i <= end; i += 1) {
      from = Math.min(from, rows[i].at - rows[i].wait);
      to = Math.max(to, rows[i].end);
    }
    var margin = Math.max((to - from) * 0.03, 0.005);
    view = [from - margin, to + margin];
    show();
    select(selected, true);
  };
  var pairs = function (list) {
    var dl = make('dl');
    list.forEach(function (pair) {
      if (pair[1] === '' || pair[1] === null || pair[1] === undefined) return;
      dl.appendChild(make('dt', '', pair[0]));
      var dd = make('dd');
      if (pair[1].nodeType) dd.appendChild(pair[1]); else dd.textContent = String(pair[1]);
      dl.appendChild(dd);
    });
    return dl;
  };
  var goTo = function (row) {
    var button = make('button', 'link', row.who + ': ' + row.what);
    button.type = 'button';
    button.addEventListener('click', function () { reveal(row.i); });
    return button;
  };
  var detail = function (row) {
    var body = get('body'), cause = row.parent === null ? undefined : byId[row.parent];
    body.textContent = '';
    body.appendChild(make('h2', '', row.what));
    body.appendChild(pairs([
      ['who', row.who + (row.process ? ' (process ' + row.process + ')' : '')], ['actor', row.actor],
      ['object', row.object], ['began', '+' + ms(row.at)],
      ['waited', ms(row.wait) + (row.mailbox > 0 ? ', of it ' + ms(row.mailbox) + ' in the mailbox' : '')],
      ['took', ms(row.end - row.at) + ', of it ' + ms(row.work) + ' at work'],
      ['times', row.times > 1 ? row.times : ''],
      ['because of', cause ? goTo(cause) : row.missing.length > 0 ? 'a message that is not on record' : ''],
      ['and', row.others > 0 ? row.others + (row.others === 1 ? ' other message' : ' other messages') : ''],
      ['not on record', row.missing.join(', ')],
      ['noticed by', row.seen.map(function (s) { return s[1] + ' ' + s[0]; }).join(', ')],
    ]));
    if (row.request) {
      var r = row.request;
      body.appendChild(make('h3', '', 'Request'));
      body.appendChild(pairs([['method', r.method], ['path', r.path], ['answer', r.code], ['user', r.user],
        ['user agent', r.userAgent], ['Audit-Id', r.auditId], ['message', r.messageId],
        ['traceparent', r.traceparent], ['from', r.parent]]));
    }
    if (row.writes.length > 0) {
      body.appendChild(make('h3', '', 'Written'));
      var written = make('ol');
      row.writes.forEach(function (w) {
        var item = make('li', '', (w[1] === 'put' ? '' : 'deleted ') + w[2] + ', revision ' + w[3]);
        item.appendChild(make('div', '', '+' + ms(w[0]) + (w[4] > 0 ? ' \\u00b7 replaced revision ' + w[4] :
          w[4] === 0 ? ' \\u00b7 new' : '') + ' \\u00b7 message ' + w[5]));
        written.appendChild(item);
      });
      body.appendChild(written);
    }
    if (row.steps.length > 0) {
      body.appendChild(make('h3', '', row.steps.length === 1 ? 'Step' : 'Steps'));
      var steps = make('ol');
      row.steps.forEach(function (s) {
        var item = make('li');
        item.appendChild(make('span', 'move', s[2] === s[3] ? s[3] : s[2] + ' \\u2192 ' + s[3]));
        item.appendChild(document.createTextNode(' \\u2190 ' + s[1] + (s[10] ? '' : ' (ignored)')));
        if (s[4].length > 0) item.appendChild(make('div', '', '! ' + s[4].join(', ')));
        item.appendChild(make('div', '', '+' + ms(s[0]) + ' \\u00b7 mailbox ' + ms(s[5]) + ' \\u00b7 work ' + ms(s[6])));
        item.appendChild(make('div', '', 'message ' + s[7] + ' of ' + s[8] +
          (s[9].length > 0 ? ' because of ' + s[9].join(', ') : '')));
        steps.appendChild(item);
      });
      if (row.stepsLeftOut > 0) steps.appendChild(make('li', 'muted', row.stepsLeftOut + ' more'));
      body.appendChild(steps);
    }
    get('detail').hidden = false;
    get('detail').scrollTop = 0;
  };
  var close = function () {
    get('detail').hidden = true;
    var now = line(selected);
    if (now) now.focus();
  };

  tree.addEventListener('click', function (event) {
    var at = event.target.closest('.row');
    if (!at) return;
    var i = Number(at.dataset.i);
    if (event.target.className === 'twisty' && rows[i].below > 0) return toggle(i);
    select(i, true);
    detail(rows[i]);
  });
  tree.addEventListener('dblclick', function () { zoom(); });
  tree.addEventListener('keydown', function (event) {
    var at = event.target.closest('.row');
    if (!at) return;
    var i = Number(at.dataset.i), places = shown.map(function (row) { return row.i; }), here = places.indexOf(i);
    var go = function (to) { if (places[to] !== undefined) select(places[to], true); };
    var key = event.key;
    if (key === 'ArrowDown') go(here + 1);
    else if (key === 'ArrowUp') go(here - 1);
    else if (key === 'Home') go(0);
    else if (key === 'End') go(places.length - 1);
    else if (key === 'ArrowRight') { if (shutRows[i]) toggle(i, false); else go(here + 1); }
    else if (key === 'ArrowLeft') {
      if (rows[i].below > 0 && !shutRows[i]) toggle(i, true);
      else if (rows[i].parent !== null && byId[rows[i].parent]) reveal(byId[rows[i].parent].i);
    } else if (key === 'Enter' || key === ' ') { select(i, true); detail(rows[i]); get('body').focus(); }
    else if (key === 'z') { selected = i; zoom(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape') close();
    if (event.key === '/' && event.target !== filter) { event.preventDefault(); filter.focus(); }
  });
  filter.addEventListener('input', show);
  onlyCritical.addEventListener('change', show);
  get('open').addEventListener('click', function () { shutRows = {}; show(); });
  get('shut').addEventListener('click', function () {
    rows.forEach(function (row, i) { if (row.below > 0 && !(row.critical && row.begins)) shutRows[i] = true; });
    show();
  });
  get('zoom').addEventListener('click', zoom);
  get('whole').addEventListener('click', function () { view = whole; show(); });
  get('close').addEventListener('click', close);
  var size = function () {
    document.documentElement.style.setProperty('--bar', get('bar').offsetHeight + 'px');
    ticks();
  };
  window.addEventListener('resize', size);

  /* Of a long story, what branches off the critical path is closed at first. */
  if (rows.length > 150) {
    rows.forEach(function (row, i) { if (row.below > 0 && !(row.critical && row.begins)) shutRows[i] = true; });
  }
  get('when').textContent = new Date(data.startMs).toISOString().replace('T', ' ').replace('Z', ' UTC');
  get('when').dateTime = new Date(data.startMs).toISOString();
  get('sum').textContent = ' \\u00b7 critical path ' + ms(data.criticalMs);
  get('left').textContent = data.rowsLeftOut > 0 ? data.rowsLeftOut + ' more rows are left out of this page.' : '';
  get('bar').hidden = false;
  get('main').hidden = false;
  show();
  size();
})();
`;
