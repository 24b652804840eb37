// The base map, off until it is chosen here; a key is held by this page while it is open and nowhere else.
const ground = { on: false, group: null };

function groundBox(map) {
  if (!DATA.base) return [];
  const { base } = DATA;
  const box = el('details', 'cg-ground cg-panel');
  const told_ = el('p', 'cg-note');
  const form = el('form');
  const key = el('input');
  told_.setAttribute('role', 'status');
  key.type = 'text';
  key.autocomplete = 'off';
  key.spellcheck = false;
  const label = el('label', '', WORDS.base_key);
  label.append(key);
  const go = el('button', 'cg-button', WORDS.base_go);
  go.type = 'submit';
  form.append(label, go, el('p', 'cg-note', WORDS.base_key_note));
  form.hidden = true;
  // Beside the other sources, on paper too
  const line = [el('dt', '', WORDS.base), el('dd', '', `${base.source}${base.note}`)];
  const off = () => {
    line.forEach((one) => one.remove());
    if (ground.group) ground.group.remove();
    Object.assign(ground, { on: false, group: null });
    told_.textContent = '';
    repaint();
  };
  const on = () => {
    off();
    ground.group = L.layerGroup(base.layers.map((address) => L.tileLayer(address, {
      subdomains: base.servers, key: encodeURIComponent(key.value.trim()), maxZoom: 18,
    }).on('tileerror', () => { told_.textContent = WORDS.base_failed; })));
    ground.on = true;
    document.querySelector('.cg-source').append(...line);
    ground.group.addTo(map);
    repaint();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (key.value.trim()) on();
  });
  box.append(
    el('summary', '', WORDS.base),
    ...radios('cg-base', [['none', WORDS.base_none], ['on', base.name]], 'none', (value) => {
      form.hidden = !(value === 'on' && base.asks_key);
      if (value === 'none') off();
      else if (!base.asks_key || key.value.trim()) on();
      else key.focus();
    }),
    form, told_, el('p', 'cg-sourceline', base.source), ...(base.note ? [el('p', 'cg-warn', base.note)] : []),
  );
  return [box];
}

function repaint() {
  map.eachLayer((layer) => { if (layer instanceof Patterned) layer._redraw(); });
}
