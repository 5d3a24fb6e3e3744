/*
 * queryscope — the key map. The bindings are read from the shortcuts dialog (#keys), which the server prints from
 * dashboard/presentation/keymap.py, so that the list a person reads is the list that works.
 * A page registers handlers by action: register({ "row-next": (event) => … }). A handler that returns false
 * declines, and the key keeps its usual meaning.
 */

const handlers = new Map();
const SEQUENCE_MS = 900;
/** Held down, these go on; anything else would pause and resume by turns. */
const REPEATING = new Set(["row-next", "row-previous", "zoom-in", "zoom-out"]);

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

/** The key as the dialog names it: without Caps Lock, and by its place where the layout has other letters. */
function nameOf(event) {
  const { key, code, shiftKey } = event;
  if (key.length !== 1 || shiftKey) return key;
  if (key <= "~") return key.toLowerCase();
  if (/^Key[A-Z]$/.test(code)) return code.at(-1).toLowerCase();
  return { BracketLeft: "[", BracketRight: "]" }[code] ?? key;
}

/** Whether a modifier makes it somebody else's key; one that was needed to type a bracket does not. */
function isModified(event) {
  if (event.metaKey) return true;
  if (event.getModifierState("AltGraph")) return false;
  const typed = !event.ctrlKey && "[]".includes(event.key) && !event.code.startsWith("Bracket");
  return event.ctrlKey || (event.altKey && !typed);
}

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
    if (event.defaultPrevented || event.isComposing || isModified(event)) return;
    const field = event.target.closest?.(FIELDS);
    if (event.key === "Escape" && field && !document.querySelector("dialog[open]")) {
      // A search field would also be emptied; leaving it keeps what was typed.
      event.preventDefault();
      field.blur();
      return;
    }
    if (field || document.querySelector("dialog[open]")) return;
    const key = nameOf(event);
    const typed = first && event.timeStamp - first.at < SEQUENCE_MS ? `${first.key},${key}` : key;
    const binding = bindings.get(typed) ?? bindings.get(key);
    if (event.repeat && !REPEATING.has(binding?.action)) return;
    first = null;
    if (binding && (binding.always || enabled())) {
      const handler = handlers.get(binding.action);
      if (handler && handler(event) !== false) event.preventDefault();
    } else if (starts.has(key) && enabled()) {
      first = { key, at: event.timeStamp };
    }
  });
}
