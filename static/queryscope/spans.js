/*
 * queryscope — the spans of the request as columns, fetched once for each filter: one array for each property, one
 * entry a span. Zooming and windowed rows draw from it; a page that needs neither never asks for it.
 */

const fetched = new Map();

/** The words the filter admits by at the moment. */
const words = () => document.querySelector("#words")?.value.trim() ?? "";

/** Resolve to the columns for the present filter. Rejects where the server does not answer. */
export function columns() {
  const query = words();
  if (!fetched.has(query)) {
    const address = document.querySelector("#timeline").dataset.spans;
    const answer = fetch(query ? `${address}?q=${encodeURIComponent(query)}` : address, { credentials: "same-origin" })
      .then((response) => {
        if (!response.ok) throw new Error(`The spans of this request could not be read (${response.status}).`);
        return response.json();
      })
      .then(prepare);
    answer.catch(() => fetched.delete(query));
    fetched.set(query, answer);
  }
  return fetched.get(query);
}

/** The rows by time: the index of a span, or, for a gap between spans, its own index counted down from -1. */
function inOrder(spans, before) {
  const order = [];
  let gap = 0;
  for (let index = 0; index <= spans; index += 1) {
    while (before[gap] === index) { gap += 1; order.push(-gap); }
    if (index < spans) order.push(index);
  }
  return order;
}

/** Add what every drawing needs: phases in order as arrays, failures as a set, the spans of each site and group. */
function prepare(data) {
  data.parts = Object.entries(data.phases);
  data.failed = new Set(data.failed);
  data.order = inOrder(data.n.length, data.gaps.before);
  data.members = new Map();
  data.indexOf = new Map(data.n.map((n, index) => [n, index]));
  for (let index = 0; index < data.n.length; index += 1) {
    const kind = data.kinds[data.kind[index]];
    for (const key of [kind.site, kind.group]) {
      if (!key) continue;
      if (!data.members.has(key)) data.members.set(key, []);
      data.members.get(key).push(index);
    }
  }
  return data;
}
