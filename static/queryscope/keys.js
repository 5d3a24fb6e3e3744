/*
 * queryscope — the key map. The bindings are read from the shortcuts dialog (#keys), which the server prints from
 * dashboard/presentation/keymap.py, so that the list a person reads is the list that works.
 * A page registers handlers by action: register({ "row-next": (event) => … }). A handler that returns false
 * declines, and the key keeps its usual meaning.
 */

const handlers = new Map();
const SEQUENCE_MS = 900;

/** Add handlers; a later one for the same action replaces the earlier. */
export function register(byAction) {
  for (const [action, handler] of Object.entries(byAction)) handlers.set(action, handler);
}

function readBindings() {
  const bindings = new Map();
  for (const line of document.querySelectorAll("#keys [data-action]")) {
    const binding = { action: line.dataset.action, always: "always" in line.dataset };
    for (const key of line.dataset.keys.split(" ")) bindings.set(key, binding);
  }
  return bindings;
}

const FIELDS = "textarea,select,input:not([type=range],[type=checkbox],[type=radio],[type=button],[type=submit])";

/** Listen. `enabled` tells whether single-key shortcuts are on; `enable` keeps the choice. */
export function startKeys({ enabled, enable }) {
  const bindings = readBindings();
  const starts = new Set([...bindings.keys()].filter((key) => key.includes(",")).map((key) => key.split(",")[0]));
  const choice = document.querySelector("#keys-on");
  if (choice) {
    choice.checked = enabled();
    choice.addEventListener("change", () => enable(choice.checked));
  }
  let first = null; // the first key of a sequence such as g l, and when it was pressed

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest?.(FIELDS);
    if (event.key === "Escape" && field && !document.querySelector("dialog[open]")) {
      // A search field would also be emptied; leaving it keeps what was typed.
      event.preventDefault();
      field.blur();
      return;
    }
    if (field || document.querySelector("dialog[open]")) return;
    const typed = first && event.timeStamp - first.at < SEQUENCE_MS ? `${first.key},${event.key}` : event.key;
    const binding = bindings.get(typed) ?? bindings.get(event.key);
    first = null;
    if (binding && (binding.always || enabled())) {
      const handler = handlers.get(binding.action);
      if (handler && handler(event) !== false) event.preventDefault();
    } else if (starts.has(event.key) && enabled()) {
      first = { key: event.key, at: event.timeStamp };
    }
  });
}
