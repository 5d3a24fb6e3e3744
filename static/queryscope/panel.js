/*
 * The panel in the debug toolbar: an element that puts its content into a shadow root of its own, follows the
 * toolbar's theme, and asks again while its trace is still being written. It lives in somebody else's page: no globals.
 */

const WAITS_MS = [100, 200, 300, 600, 800];

class Panel extends HTMLElement {
  #themes = new MutationObserver(() => this.#followTheme());
  #timer;

  connectedCallback() {
    if (!this.shadowRoot) {
      this.attachShadow({ mode: "open" });
      this.shadowRoot.addEventListener("click", (event) => this.#click(event));
      this.shadowRoot.addEventListener("dblclick", (event) => this.#openRow(event.target.closest("[data-row]")));
      this.shadowRoot.addEventListener("keydown", (event) => this.#key(event));
      this.#show(this);
    }
    const toolbar = this.closest("[data-theme]");
    if (toolbar) this.#themes.observe(toolbar, { attributeFilter: ["data-theme"] });
    if (this.hasAttribute("data-waiting")) this.#askAgain(0);
  }

  disconnectedCallback() {
    this.#themes.disconnect();
    clearTimeout(this.#timer);
  }

  #show(source) {
    const content = source.querySelector("template").content.cloneNode(true);
    const shell = content.querySelector(".ddt-theme");
    const links = [...content.querySelectorAll("link")];
    const nonce = this.#nonce();
    const loaded = links.map((link) => new Promise((done) => {
      if (nonce) link.nonce = nonce;
      link.addEventListener("load", done);
      link.addEventListener("error", done);
    }));
    // Not before its styles are there: an unstyled flash would jump.
    shell.hidden = true;
    Promise.all(loaded).then(() => { shell.hidden = false; });
    this.shadowRoot.replaceChildren(content);
    this.#followTheme();
    this.#tell(source.dataset.found);
  }

  /** Add what was found to the counts in the side bar, which were made before anything was looked for. */
  #tell(found) {
    const counts = this.getRootNode().querySelector("#djdt-QueryscopePanel small");
    if (counts && found && !counts.textContent.includes("finding")) counts.textContent += `, ${found}`;
  }

  #nonce() {
    const carrier = this.getRootNode().querySelector("link[nonce], script[nonce]");
    return carrier?.nonce;
  }

  #followTheme() {
    const theme = this.closest("[data-theme]")?.dataset.theme;
    const shell = this.shadowRoot.querySelector(".ddt-theme");
    if (shell && theme) shell.dataset.theme = theme;
  }

  #askAgain(turn) {
    if (turn >= WAITS_MS.length) return;
    this.#timer = setTimeout(() => this.#ask().then((waiting) => waiting && this.#askAgain(turn + 1)), WAITS_MS[turn]);
  }

  async #ask() {
    const response = await fetch(this.dataset.again, { credentials: "same-origin" }).catch(() => null);
    if (!response?.ok || !this.isConnected) return true;
    const holder = document.createElement("template");
    holder.innerHTML = (await response.json()).content;
    const fresh = holder.content.querySelector("queryscope-panel");
    if (!fresh) return false;
    this.toggleAttribute("data-waiting", fresh.hasAttribute("data-waiting"));
    if (!this.hasAttribute("data-waiting") || !this.shadowRoot.querySelector("[data-again]")) this.#show(fresh);
    return this.hasAttribute("data-waiting");
  }

  #click(event) {
    if (event.target.closest("[data-reload]")) location.reload();
    else if (event.target.closest("[data-again]")) this.#ask().then((waiting) => waiting && this.#askAgain(0));
    else this.#select(event.target.closest("[data-row]"));
  }

  #key(event) {
    const row = event.target.closest("[data-row]");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling };
    if (event.key === "Enter") this.#openRow(row);
    else if (event.key in steps) this.#select(steps[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #select(row) {
    if (!row?.matches("[data-row]")) return;
    for (const other of this.shadowRoot.querySelectorAll("[data-row]")) {
      other.setAttribute("aria-selected", String(other === row));
      other.tabIndex = other === row ? 0 : -1;
    }
    row.focus();
  }

  #openRow(row) {
    const address = this.shadowRoot.querySelector("[data-dashboard]")?.href;
    if (row && address) window.open(`${address}?n=${row.dataset.n}`, "_blank", "noopener");
  }
}

// The toolbar loads this module once a release; another release in the same page finds the name taken.
if (!customElements.get("queryscope-panel")) customElements.define("queryscope-panel", Panel);
