"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const map = $("map"), profile = $("profile"), slider = $("slider"), strip = slider.parentElement;
const EARTH_KM = 6371.0088, RAD = Math.PI / 180;
const start = Date.parse(data.from);
const hms = (t) => new Date(start + t * 1000).toISOString().slice(11, 19) + "Z";
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

// ---- Projection: stereographic about the centre of the event; kilometres, y down. Shapes keep their form.
const [lon0, lat0] = data.centre, sin0 = Math.sin(lat0 * RAD), cos0 = Math.cos(lat0 * RAD);
function project(lon, lat) {
  const l = (lon - lon0) * RAD, p = lat * RAD, sp = Math.sin(p), cp = Math.cos(p), cl = Math.cos(l);
  const c = sin0 * sp + cos0 * cp * cl;
  if (c < -0.2) return null;
  const k = 2 * EARTH_KM / (1 + c);
  return [k * cp * Math.sin(l), -k * (cos0 * sp - sin0 * cp * cl)];
}
function away(lon, lat, bearingDeg, km) {
  const d = km / EARTH_KM, b = bearingDeg * RAD, p = lat * RAD;
  const q = Math.asin(Math.sin(p) * Math.cos(d) + Math.cos(p) * Math.sin(d) * Math.cos(b));
  const l = Math.atan2(Math.sin(b) * Math.sin(d) * Math.cos(p), Math.cos(d) - Math.sin(p) * Math.sin(q));
  return [lon + l / RAD, q / RAD];
}
function ringPoints(ring) {
  const out = [];
  for (let i = 0, x = 0, y = 0; i + 1 < ring.length; i += 2) { x += ring[i]; y += ring[i + 1]; out.push([x / 1000, y / 1000]); }
  return out;
}
function pathOf(rings, close = true) {
  const path = new Path2D();
  for (const ring of rings) {
    let down = false;
    for (const [lon, lat] of ring) {
      const p = project(lon, lat);
      if (!p) { down = false; continue; }
      if (down) path.lineTo(p[0], p[1]); else path.moveTo(p[0], p[1]);
      down = true;
    }
    if (close) path.closePath();
  }
  return path;
}
const packed = (rings) => pathOf(rings.map(ringPoints));
const circle = (lon, lat, km) => Array.from({ length: 73 }, (_, i) => away(lon, lat, i * 5, km));
function ellipse(l, scale) {
  return Array.from({ length: 49 }, (_, i) => {
    const u = i / 48 * 2 * Math.PI, along = l.a * scale * Math.cos(u), across = l.b * scale * Math.sin(u);
    return away(l.p[0], l.p[1], l.o + Math.atan2(across, along) / RAD, Math.hypot(along, across));
  });
}

// ---- What does not change with time.
const land = packed(data.land), regions = packed(data.regions.flatMap((r) => r.rings));
const zones = packed(data.zones.flatMap((z) => z.rings));
const grid = (() => {
  const lines = [];
  for (let lon = -180; lon < 180; lon += 5) lines.push(Array.from({ length: 69 }, (_, i) => [lon, -85 + i * 2.5]));
  for (let lat = -85; lat <= 85; lat += 5) lines.push(Array.from({ length: 145 }, (_, i) => [-180 + i * 2.5, lat]));
  return pathOf(lines, false);
})();
for (const s of data.sensors) {
  if (s.kind === "infrared") { s.path = pathOf([circle(s.p[0], s.p[1], s.range)]); continue; }
  const from = s.sector[0], width = ((s.sector[1] - from) % 360 + 360) % 360 || 360;
  const arc = Array.from({ length: 61 }, (_, i) => away(s.p[0], s.p[1], from + width * i / 60, s.range));
  s.path = pathOf([width >= 360 ? arc : [s.p, ...arc]]);
}
let falling = 0;
for (const o of data.objects) {
  o.colour = "--t" + (o.falls ? falling++ % 6 : 0);
  for (const q of o.track) q.xy = project(q[1], q[2]);
  for (const m of o.impact) { m.xy = project(m.p[0], m.p[1]); m.paths = m.areas.map(([p, ring]) => [p, packed([ring])]); }
  for (const l of o.launch) { l.xy = project(l.p[0], l.p[1]); l.path = pathOf([ellipse(l, 2.448)]); }
}
for (const s of data.said) s.path = packed(s.areas);
for (const kind of ["vessels", "aircraft"]) for (const v of data[kind]) for (const q of v.p) q.xy = project(q[1], q[2]);

// ---- State at a moment.
let now = 0, playing = false, last = 0;
const view = { x: 0, y: 0, s: 0.5 };
const layers = {};
function upTo(list, t, key) {
  let low = 0, high = list.length;
  while (low < high) { const mid = (low + high) >> 1; if (key(list[mid]) <= t) low = mid + 1; else high = mid; }
  return low - 1;
}
function placeAt(points, t) {
  const i = upTo(points, t, (q) => q[0]);
  if (i < 0) return points[0].xy;
  const a = points[i], b = points[i + 1];
  if (!b || !a.xy || !b.xy || b[0] - a[0] > 1200) return a.xy;
  const u = (t - a[0]) / (b[0] - a[0]);
  return [a.xy[0] + u * (b.xy[0] - a.xy[0]), a.xy[1] + u * (b.xy[1] - a.xy[1])];
}
function standing() {
  const byId = new Map();
  for (const s of data.said) if (s.t <= now + 0.05) byId.set(s.id, s);
  return [...byId.values()];
}
const over = (s) => s.kind === "cancel" || s.kind === "all-clear";

// ---- Drawing.
const css = (() => {
  let cache = {};
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { cache = {}; draw(); });
  matchMedia("print").addEventListener("change", () => { cache = {}; draw(); });
  return (name) => cache[name] ||= getComputedStyle(document.documentElement).getPropertyValue(name).trim();
})();
function sized(canvas) {
  const ratio = devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  const w = Math.round(box.width * ratio), h = Math.round(box.height * ratio);
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, box.width, box.height);
  return [g, box.width, box.height, ratio];
}
function drawMap() {
  const [g, w, h, ratio] = sized(map);
  if (!w) return;
  const at = (xy) => [w / 2 + (xy[0] - view.x) * view.s, h / 2 + (xy[1] - view.y) * view.s];
  const inWorld = (f) => {
    g.save();
    g.setTransform(ratio * view.s, 0, 0, ratio * view.s, ratio * (w / 2 - view.x * view.s), ratio * (h / 2 - view.y * view.s));
    f((px) => px / view.s);
    g.restore();
  };
  const shape = (path, fill, fillAlpha, stroke, width, dash = []) => inWorld((px) => {
    if (fill) { g.globalAlpha = fillAlpha; g.fillStyle = fill; g.fill(path); }
    g.globalAlpha = 1;
    if (stroke) { g.strokeStyle = stroke; g.lineWidth = px(width); g.setLineDash(dash.map(px)); g.lineJoin = "round"; g.stroke(path); }
  });
  g.fillStyle = css("--sea"); g.fillRect(0, 0, w, h);
  shape(grid, null, 0, css("--grid"), 1);
  shape(land, css("--land"), 1, css("--coast"), 0.9);
  shape(regions, css("--land"), 1, css("--border"), 0.7);
  if (layers.zones) shape(zones, css("--warned"), 0.06, css("--warned"), 0.6);
  if (layers.sensors) for (const s of data.sensors)
    shape(s.path, null, 0, css("--sensor"), 0.9, s.kind === "infrared" ? [2, 4] : [7, 4]);

  const said = standing();
  for (const s of said) if (layers.warned && !over(s)) shape(s.path, null, 0, css("--warned"), 2, [7, 4]);
  for (const o of data.objects) {
    const i = layers.areas ? upTo(o.impact, now, (m) => m.t) : -1;
    if (i < 0) continue;
    for (const [p, path] of [...o.impact[i].paths].sort((a, b) => b[0] - a[0]))
      shape(path, css("--fall"), p > 0.97 ? 0.16 : p > 0.9 ? 0.24 : 0.42, css("--fall"), p > 0.9 && p < 0.97 ? 1.4 : 0.6);
  }
  hot.length = 0;
  const named = new Set(said.filter((s) => !over(s)).flatMap((s) => [...s.vessels, ...s.aircraft]));
  const labels = [];
  traffic(g, at, named, labels);
  for (const o of data.objects) {
    const l = o.launch[upTo(o.launch, now, (m) => m.t)];
    if (l && l.xy) {
      shape(l.path, css("--launch"), 0.15, css("--launch"), 1.6);
      const [x, y] = at(l.xy);
      cross(g, x, y, 5, css("--launch"), 2);
      labels.push([x, y, "launch " + (l.region || ""), css("--launch"), 5, true]);
      hot.push([x, y, `launch of ${o.name}\n${hms(l.time)} ${l.region || ""}`]);
    }
  }
  if (layers.sensors) for (const s of data.sensors) {
    const xy = project(s.p[0], s.p[1]);
    if (!xy || s.kind === "infrared") continue;
    const [x, y] = at(xy);
    g.fillStyle = css("--sensor");
    g.beginPath(); g.moveTo(x, y - 7); g.lineTo(x + 6, y + 5); g.lineTo(x - 6, y + 5); g.fill();
    labels.push([x, y, s.id, css("--sensor"), 1]);
    hot.push([x, y, `radar ${s.id}\nto ${s.range} km`]);
  }
  for (const o of data.objects) track(g, at, o, labels);
  place(g, labels, w, h);
  scaleBar(g, w, h);
  $("clock").textContent = hms(now);
}
const hot = [];
function traffic(g, at, named, labels) {
  for (const kind of ["aircraft", "vessels"]) {
    if (!layers[kind]) continue;
    for (const v of data[kind]) {
      const xy = placeAt(v.p, now);
      if (!xy) continue;
      const [x, y] = at(xy), is = named.has(v.id), colour = css(kind === "vessels" ? "--vessel" : "--aircraft");
      g.globalAlpha = is ? 1 : 0.7; g.fillStyle = colour;
      if (kind === "vessels") { g.beginPath(); g.arc(x, y, is ? 3.6 : 2.4, 0, 7); g.fill(); }
      else cross(g, x, y, 3.2, colour, 1.4, Math.PI / 4);
      g.globalAlpha = 1;
      if (is) {
        g.strokeStyle = css("--alert"); g.lineWidth = 2; g.beginPath(); g.arc(x, y, 8, 0, 7); g.stroke();
        labels.push([x, y, v.name || String(v.id), css("--ink"), 4]);
      }
      hot.push([x, y, `${kind === "vessels" ? "vessel" : "aircraft"} ${v.name || ""}\n${kind === "vessels" ? "MMSI" : "ICAO"} ${v.id}`]);
    }
  }
}
function track(g, at, o, labels) {
  const n = upTo(o.track, now, (q) => q[0]);
  if (n < 0) return;
  const head = o.track[n], gone = now - head[0] > 120 && n === o.track.length - 1;
  const colour = o.falls ? css(o.colour) : css("--soft");
  g.strokeStyle = colour; g.lineWidth = o.falls ? 2.4 : 1; g.globalAlpha = gone ? 0.45 : 1; g.lineJoin = "round";
  g.beginPath();
  let down = false;
  for (let i = 0; i <= n; i++) {
    const xy = o.track[i].xy;
    // What was lost from sight is no track: its head still moves by prediction, but leaves no line.
    if (!xy || o.track[i][5] === "lost") { down = false; continue; }
    const [x, y] = at(xy);
    if (down) g.lineTo(x, y); else g.moveTo(x, y);
    down = true;
  }
  g.stroke();
  const m = o.impact[upTo(o.impact, now, (q) => q.t)];
  if (m && m.xy && head.xy && !gone) {
    const [x0, y0] = at(head.xy), [x1, y1] = at(m.xy);
    g.lineWidth = 1.2; g.setLineDash([3, 4]);
    g.beginPath(); g.moveTo(x0, y0); g.lineTo(x1, y1); g.stroke();
    g.setLineDash([]);
    cross(g, x1, y1, 4, colour, 1.6, Math.PI / 4);
  }
  if (head.xy) {
    const [x, y] = at(head.xy);
    g.fillStyle = colour; g.strokeStyle = css("--card"); g.lineWidth = 2;
    g.beginPath(); g.arc(x, y, o.falls ? 6 : 3, 0, 7); g.fill(); g.stroke();
    if (o.falls && !gone) labels.push([x, y, o.name, colour, 9]);
    hot.push([x, y, `${o.name}\n${head[5]}, ${head[6]} ${Math.round(head[7] * 100)} %\n${head[3]} km up, ${head[4]} m/s`]);
  }
  g.globalAlpha = 1;
}
function cross(g, x, y, r, colour, width, turn = 0) {
  g.save(); g.translate(x, y); g.rotate(turn); g.strokeStyle = colour; g.lineWidth = width;
  g.beginPath(); g.moveTo(-r, 0); g.lineTo(r, 0); g.moveTo(0, -r); g.lineTo(0, r); g.stroke(); g.restore();
}
// Labels, the weightiest first; one that finds no free place is left out.
function place(g, labels, w, h) {
  const taken = [];
  g.font = "600 12px system-ui, sans-serif"; g.textBaseline = "middle"; g.lineJoin = "round";
  const beside = [[12, 0], [-12, 0], [0, -18], [0, 18], [12, 16], [-12, -16]];
  for (const [x, y, text, colour, , below] of labels.sort((a, b) => b[4] - a[4])) {
    if (x < 0 || y < 0 || x > w || y > h) continue;
    const tw = g.measureText(text).width;
    for (const [right, dy] of below ? [...beside].reverse() : beside) {
      const dx = right > 0 ? right : right < 0 ? right - tw : -tw / 2;
      const box = [x + dx - 2, y + dy - 8, x + dx + tw + 2, y + dy + 8];
      if (box[0] < 0 || box[1] < 0 || box[2] > w || box[3] > h) continue;
      if (taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) continue;
      taken.push(box);
      g.strokeStyle = css("--card"); g.lineWidth = 3.5; g.strokeText(text, x + dx, y + dy);
      g.fillStyle = colour; g.fillText(text, x + dx, y + dy);
      break;
    }
  }
}
function scaleBar(g, w, h) {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];
  // The scale of the projection at the middle of the view.
  const k = 1 + (view.x * view.x + view.y * view.y) / (4 * EARTH_KM * EARTH_KM);
  const km = steps.filter((s) => s * view.s * k < w / 4).pop() || 1, px = km * view.s * k;
  g.strokeStyle = css("--ink"); g.fillStyle = css("--ink"); g.lineWidth = 1.5;
  g.beginPath(); g.moveTo(12, h - 18); g.lineTo(12, h - 12); g.lineTo(12 + px, h - 12); g.lineTo(12 + px, h - 18); g.stroke();
  g.font = "12px system-ui, sans-serif"; g.textBaseline = "alphabetic"; g.fillText(km + " km", 17, h - 17);
}
const pad = { l: 44, r: 12, t: 12, b: 22 };
function drawProfile() {
  const [g, w, h] = sized(profile);
  if (!w) return;
  const heights = data.objects.filter((o) => o.falls).flatMap((o) => o.track.filter((q) => q[5] !== "lost").map((q) => q[3]));
  heights.sort((a, b) => a - b);
  const top = Math.max(10, 1.05 * (heights[Math.floor(0.97 * heights.length)] || 0));
  const X = (t) => pad.l + (w - pad.l - pad.r) * t / Math.max(1, data.span);
  const Y = (km) => pad.t + (h - pad.t - pad.b) * (1 - Math.max(0, Math.min(1, km / (top * 1.08))));
  g.font = "11px system-ui, sans-serif"; g.fillStyle = css("--soft"); g.strokeStyle = css("--line"); g.lineWidth = 1;
  g.textBaseline = "middle"; g.textAlign = "right";
  const step = [5, 10, 20, 50, 100, 200, 500, 1000].find((s) => top / s <= 3) || 2000;
  for (let km = 0; km <= top; km += step) {
    g.fillText(km === 0 ? "0 km" : String(km), pad.l - 6, Y(km));
    g.beginPath(); g.moveTo(pad.l, Y(km)); g.lineTo(w - pad.r, Y(km)); g.stroke();
  }
  g.textAlign = "center";
  const minutes = [60, 120, 300, 600, 1200, 3600].find((s) => data.span / s <= (w - pad.l) / 90) || 7200;
  const first = Math.ceil(start / 1000 / minutes) * minutes - start / 1000;
  for (let t = first; t <= data.span; t += minutes) g.fillText(hms(t).slice(0, 5), Math.min(X(t), w - 18), h - 9);
  for (const s of data.said) {
    g.strokeStyle = g.fillStyle = css(s.kind === "alert" ? "--alert" : s.kind === "update" ? "--update" : s.kind === "cancel" ? "--cancel" : "--clear");
    g.globalAlpha = s.kind === "update" ? 0.35 : 1;
    g.beginPath(); g.moveTo(X(s.t), pad.t); g.lineTo(X(s.t), h - pad.b); g.stroke();
    g.globalAlpha = 1;
    g.beginPath(); g.moveTo(X(s.t), h - pad.b - 6); g.lineTo(X(s.t) + 4, h - pad.b + 1); g.lineTo(X(s.t) - 4, h - pad.b + 1); g.fill();
  }
  for (const o of data.objects) if (o.falls) {
    g.strokeStyle = css(o.colour);
    for (const part of [0, 1]) {
      g.globalAlpha = part ? 1 : 0.3; g.lineWidth = part ? 2.2 : 1.4; g.beginPath();
      let down = false;
      for (const q of o.track) {
        if (q[5] === "lost") { down = false; continue; }
        if (part && q[0] > now) break;
        if (down) g.lineTo(X(q[0]), Y(q[3])); else g.moveTo(X(q[0]), Y(q[3]));
        down = true;
      }
      g.stroke();
    }
  }
  g.globalAlpha = 1; g.strokeStyle = css("--ink"); g.lineWidth = 1.5;
  g.beginPath(); g.moveTo(X(now), 4); g.lineTo(X(now), h - pad.b + 4); g.stroke();
  g.fillStyle = css("--ink"); g.beginPath(); g.arc(X(now), 6, 4, 0, 7); g.fill();
}
function el(tag, text, cls) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  return e;
}
function drawState() {
  const latest = standing().sort((a, b) => a.t - b.t).pop(), saying = $("saying");
  const words = latest ? `${hms(latest.t)} ${latest.kind.replace("-", " ")}: ${latest.headline || ""}` : "Nothing has been said yet.";
  if (saying.textContent !== words) { saying.textContent = words; saying.className = latest ? latest.kind : ""; }
  const rows = [];
  for (const o of data.objects) {
    const n = upTo(o.track, now, (q) => q[0]);
    if (n < 0 || !o.falls) continue;
    const q = o.track[n], m = o.impact[upTo(o.impact, now, (x) => x.t)];
    const box = el("div", undefined, "obj"), h3 = el("h3"), dot = el("i");
    dot.style.background = css(o.colour);
    h3.append(dot, o.name, el("em", q[5]));
    const facts = el("p");
    facts.append(el("b", q[6]), ` ${Math.round(q[7] * 100)} % · ${q[3]} km up · ${q[4]} m/s`);
    box.append(h3, facts);
    if (m) {
      const left = m.time - now;
      const falls = el("p");
      if (left > 0) falls.append("falls in ", el("b", `${Math.round(left)} s`), ` ± ${Math.round(m.sigma)} s`);
      else falls.append(`down since ${hms(m.time)}`);
      box.append(falls);
    }
    rows.push(box);
  }
  $("state").replaceChildren(...(rows.length ? rows : [el("p", "Nothing that falls is in the picture.", "meta")]));
}
function draw() {
  drawMap(); drawProfile(); drawState();
  slider.value = now; slider.setAttribute("aria-valuetext", hms(now));
}
function go(t) { now = Math.max(0, Math.min(data.span, t)); draw(); }

// ---- Hands.
function fit() {
  const some = data.objects.some((o) => o.falls), xs = [], ys = [];
  const add = (xy) => { if (xy) { xs.push(xy[0]); ys.push(xy[1]); } };
  for (const o of data.objects) if (o.falls || !some) {
    for (const q of o.track) if (q[5] !== "lost") add(q.xy);
    // What was believed for long counts, what was believed for a moment does not.
    for (const list of [o.launch, o.impact]) for (const m of list.slice(list.length >> 1)) add(m.xy);
  }
  if (!xs.length) for (const s of data.sensors) if (s.kind === "radar") add(project(s.p[0], s.p[1]));
  if (!xs.length) return;
  const span = (v) => { v.sort((a, b) => a - b); const cut = Math.floor(v.length / 12); return [v[cut], v[v.length - 1 - cut]]; };
  const [west, east] = span(xs), [north, south] = span(ys), box = map.getBoundingClientRect();
  view.x = (west + east) / 2; view.y = (north + south) / 2;
  view.s = Math.min(box.width / Math.max(150, (east - west) * 1.45), box.height / Math.max(150, (south - north) * 1.5));
}
function zoom(f, px, py) {
  const box = map.getBoundingClientRect(), s = Math.max(0.06, Math.min(40, view.s * f));
  const dx = (px ?? box.width / 2) - box.width / 2, dy = (py ?? box.height / 2) - box.height / 2;
  view.x += dx / view.s - dx / s; view.y += dy / view.s - dy / s; view.s = s;
  drawMap();
}
const fingers = new Map();
map.addEventListener("pointerdown", (e) => { fingers.set(e.pointerId, [e.clientX, e.clientY]); map.setPointerCapture(e.pointerId); });
for (const kind of ["pointerup", "pointercancel"]) map.addEventListener(kind, (e) => fingers.delete(e.pointerId));
map.addEventListener("pointermove", (e) => {
  const before = fingers.get(e.pointerId), box = map.getBoundingClientRect();
  if (!before) return tip(e.clientX - box.left, e.clientY - box.top);
  const other = [...fingers].find(([id]) => id !== e.pointerId);
  if (other) {
    const far = (p) => Math.hypot(p[0] - other[1][0], p[1] - other[1][1]);
    zoom(far([e.clientX, e.clientY]) / Math.max(1, far(before)), other[1][0] - box.left, other[1][1] - box.top);
  } else { view.x -= (e.clientX - before[0]) / view.s; view.y -= (e.clientY - before[1]) / view.s; }
  fingers.set(e.pointerId, [e.clientX, e.clientY]);
  drawMap();
});
map.addEventListener("pointerleave", () => { $("tip").hidden = true; });
// The wheel scrolls the page until somebody has put the focus on the map.
map.addEventListener("wheel", (e) => {
  if (!e.ctrlKey && document.activeElement !== map) return;
  e.preventDefault();
  zoom(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY);
}, { passive: false });
map.addEventListener("keydown", (e) => {
  const move = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] }[e.key];
  if (move) { view.x += move[0] / view.s; view.y += move[1] / view.s; drawMap(); }
  else if (e.key === "+" || e.key === "=") zoom(1.3);
  else if (e.key === "-") zoom(1 / 1.3);
  else if (e.key === "0") { fit(); drawMap(); }
  else if (e.key === " ") toggle();
  else return;
  e.preventDefault();
});
function tip(x, y) {
  let best = null, far = 14;
  for (const h of hot) { const d = Math.hypot(h[0] - x, h[1] - y); if (d < far) { far = d; best = h; } }
  const box = $("tip");
  box.hidden = !best;
  if (!best) return;
  box.textContent = best[2];
  box.style.left = Math.min(best[0] + 14, map.clientWidth - 180) + "px";
  box.style.top = Math.min(best[1] + 12, map.clientHeight - 60) + "px";
}
$("in").onclick = () => zoom(1.4);
$("out").onclick = () => zoom(1 / 1.4);
$("fit").onclick = () => { fit(); drawMap(); };
for (const box of document.querySelectorAll("[data-layer]")) {
  const set = () => { layers[box.dataset.layer] = box.checked; };
  set();
  box.addEventListener("change", () => { set(); drawMap(); });
}
slider.max = data.span;
slider.step = Math.max(1, Math.round(data.span / 400));
slider.addEventListener("input", () => go(Number(slider.value)));
let held = false;
const timeAt = (e) => {
  const box = strip.getBoundingClientRect();
  return (e.clientX - box.left - pad.l) / (box.width - pad.l - pad.r) * data.span;
};
strip.addEventListener("pointerdown", (e) => { held = true; strip.setPointerCapture(e.pointerId); slider.focus(); go(timeAt(e)); e.preventDefault(); });
strip.addEventListener("pointermove", (e) => { if (held) go(timeAt(e)); });
for (const kind of ["pointerup", "pointercancel"]) strip.addEventListener(kind, () => { held = false; });
for (const button of document.querySelectorAll("button[data-t]")) button.addEventListener("click", () => {
  go(Number(button.dataset.t));
  $("map-part").scrollIntoView({ behavior: calm ? "auto" : "smooth" });
});
function toggle() {
  playing = !playing;
  if (playing && now >= data.span) now = 0;
  $("play").textContent = playing ? "❚❚" : "▶";
  $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  last = performance.now();
  if (playing) requestAnimationFrame(frame);
}
function frame(stamp) {
  if (!playing) return;
  const dt = Math.min(0.25, Math.max(0, (stamp - last) / 1000));
  last = stamp;
  go(now + dt * Number($("speed").value));
  if (now >= data.span) toggle(); else requestAnimationFrame(frame);
}
$("play").onclick = toggle;
// A link to a message opens it.
function open() { const target = location.hash && document.getElementById(location.hash.slice(1)); if (target && target.tagName === "DETAILS") target.open = true; }
addEventListener("hashchange", open);
open();
// A smaller map, on paper for instance, shows the same part of the world.
let width = 0;
function resized() {
  const now = map.clientWidth;
  if (width && now && now !== width) view.s *= now / width;
  width = now || width;
  draw();
}
matchMedia("print").addEventListener("change", resized);
new ResizeObserver(resized).observe(map);
fit();
// Begin where it is most telling: half a minute after the first message, or at the end; `#t=SECONDS` names a moment.
const asked = /^#t=(\d+)/.exec(location.hash);
const said = data.said.find((s) => s.kind === "alert");
go(asked ? Number(asked[1]) : said ? said.t + 30 : data.span);
})();
