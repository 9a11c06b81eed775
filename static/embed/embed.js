/**
 * <api-keys-portal ticket-url="/api/keyplate-ticket" min-height="420" max-height="900"
 *                  theme="auto" csrf-token="…"></api-keys-portal>
 *
 * Shows the key desk in a frame of the right size and keeps it signed in. One classic
 * script, no framework:
 *
 *   <script src="https://keys.example.com/static/embed/embed.js" defer></script>
 *
 * `ticket-url` is an endpoint of yours, on your own origin. It is called by POST with
 * your visitor's cookies and answers {"url": "…"} or {"ticket": "…", "url": "…"}, as
 * Keyplate's POST /session/tickets gave it to your backend.
 *
 * DOM events, all bubbling: portal:ready, portal:key-created, portal:key-rotated,
 * portal:key-revoked, portal:session-ended, portal:busy, portal:error. None of them ever
 * holds a secret.
 */
(() => {
  /** @typedef {{ ticket: string, url: URL }} Ticket */
  /** @typedef {{ source?: string, type?: string, [name: string]: unknown }} Message */

  const DEFAULT_MIN_HEIGHT = 420;
  const HELLO_PATIENCE = 15_000;
  const TICKET_PATIENCE = 10_000;
  // A portal that cannot stay signed in must not make us ask for ever.
  const TICKETS_PER_MINUTE = 3;

  const SENTENCES = {
    forbidden: "You may not manage API keys here.",
    signed_out: "You are signed out. Sign in and reload this page.",
    unavailable: "The API keys could not be loaded.",
    too_often: "The API keys could not be kept open.",
  };

  /** @type {Record<string, string>} */
  const KEY_EVENTS = {
    "key.created": "portal:key-created",
    "key.rotated": "portal:key-rotated",
    "key.revoked": "portal:key-revoked",
  };

  // A constructed sheet, because a strict style-src on the host forbids <style>.
  const looks = new CSSStyleSheet();
  looks.replaceSync(`
    :host { display: block; position: relative; }
    :host([hidden]) { display: none; }
    iframe { display: block; width: 100%; border: 0; color-scheme: auto; background: transparent; }
    .note { display: grid; place-content: center; justify-items: center; gap: 12px; padding: 24px;
            font: inherit; text-align: center; box-sizing: border-box; }
    .note p { margin: 0; }
    .loading { position: absolute; inset: 0; opacity: 0; animation: late 0s 400ms forwards; }
    @keyframes late { to { opacity: 0.7; } }
    button { font: inherit; padding: 8px 14px; border-radius: 8px; border: 1px solid currentColor;
             background: transparent; color: inherit; cursor: pointer; }
    [hidden] { display: none !important; }
  `);

  class Refused extends Error {
    /** @param {keyof typeof SENTENCES} code */
    constructor(code) {
      super(SENTENCES[code]);
      this.code = code;
    }
  }

  class ApiKeysPortal extends HTMLElement {
    static observedAttributes = ["theme", "min-height", "max-height"];

    /** @type {HTMLIFrameElement | null} */ #frame = null;
    /** @type {AbortController | null} */ #life = null;
    #origin = "";
    #greeted = false;
    #wanted = 0;
    #helloTimer = 0;
    #viewportPlanned = 0;
    /** @type {number[]} */ #asked = [];

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [looks];
    }

    connectedCallback() {
      const life = new AbortController();
      this.#life = life;
      const { signal } = life;
      addEventListener("message", (event) => this.#receive(event), { signal });
      for (const type of ["scroll", "resize"]) {
        addEventListener(type, () => this.#planViewport(), {
          signal,
          capture: true,
          passive: true,
        });
      }
      // Frameworks mount twice in development: the first life ends before this runs.
      queueMicrotask(() => {
        if (!signal.aborted) this.#open();
      });
    }

    disconnectedCallback() {
      this.#life?.abort();
      this.#life = null;
      this.#clear();
    }

    /** @param {string} name */
    attributeChangedCallback(name) {
      if (name === "theme") this.#tell("theme", { theme: this.#theme });
      else this.#size();
    }

    /** Fetch a ticket and show the desk with it. */
    async reload() {
      this.#asked = [];
      await this.#open();
    }

    get #theme() {
      const theme = this.getAttribute("theme") ?? "auto";
      return ["light", "dark", "auto"].includes(theme) ? theme : "auto";
    }

    async #open() {
      const life = this.#life;
      this.#clear();
      this.#note("loading", "Loading API keys…");
      try {
        const { url } = await this.#ticket();
        if (this.#life === life && life) this.#show(url);
      } catch (error) {
        if (this.#life === life && life) this.#fail(error);
      }
    }

    /** @param {URL} url */
    #show(url) {
      const frame = document.createElement("iframe");
      frame.title = this.getAttribute("frame-title") ?? "API keys";
      frame.allow = "clipboard-write";
      frame.referrerPolicy = "strict-origin";
      frame.src = url.href;
      this.#origin = url.origin;
      this.#frame = frame;
      // The note stays on top until the page says hello; a refused frame never does.
      this.shadowRoot?.append(frame);
      this.#size();
      this.#helloTimer = setTimeout(
        () => this.#fail(new Refused("unavailable")),
        HELLO_PATIENCE,
      );
    }

    #clear() {
      clearTimeout(this.#helloTimer);
      cancelAnimationFrame(this.#viewportPlanned);
      this.#frame = null;
      this.#origin = "";
      this.#greeted = false;
      this.#wanted = 0;
      this.#viewportPlanned = 0;
      this.shadowRoot?.replaceChildren();
    }

    /**
     * Ask our own backend for a ticket.
     * @returns {Promise<Ticket>}
     */
    async #ticket() {
      const now = Date.now();
      this.#asked = this.#asked.filter((moment) => now - moment < 60_000);
      if (this.#asked.length > TICKETS_PER_MINUTE) throw new Refused("too_often");
      this.#asked.push(now);
      const csrf = this.getAttribute("csrf-token");
      const answer = await fetch(this.getAttribute("ticket-url") ?? "", {
        method: "POST",
        credentials: "same-origin",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          ...(csrf ? { "X-CSRFToken": csrf } : {}),
        },
        body: "{}",
        signal: AbortSignal.any([
          AbortSignal.timeout(TICKET_PATIENCE),
          ...this.#signals,
        ]),
      });
      if (answer.status === 403) throw new Refused("forbidden");
      if (answer.status === 401) throw new Refused("signed_out");
      if (!answer.ok) throw new Refused("unavailable");
      const body = await answer.json();
      const url = new URL(body.url);
      const ticket = body.ticket ?? url.searchParams.get("ticket");
      if (!/^https?:$/.test(url.protocol) || !ticket) throw new Refused("unavailable");
      return { ticket, url };
    }

    get #signals() {
      return this.#life ? [this.#life.signal] : [];
    }

    /** Answer the desk's wish for a ticket: to its exact origin, nobody else. */
    async #renew() {
      const frame = this.#frame;
      try {
        const { ticket, url } = await this.#ticket();
        if (frame === this.#frame && url.origin === this.#origin)
          this.#tell("ticket", { ticket });
      } catch (error) {
        // The desk shows its own gate; the page around it learns why.
        if (frame === this.#frame && frame) this.#report(error);
      }
    }

    /** @param {MessageEvent<Message>} event */
    #receive(event) {
      if (!this.#frame || event.source !== this.#frame.contentWindow) return;
      if (event.origin !== this.#origin) return;
      const message = event.data;
      if (typeof message !== "object" || message?.source !== "keyplate") return;
      this.#heed(message);
    }

    /** @param {Message} message */
    #heed(message) {
      switch (message.type) {
        case "hello":
          return this.#greet();
        case "height":
          this.#wanted = Number(message.height) || 0;
          return this.#size();
        case "scroll-to":
          return this.#reveal();
        case "ticket-required":
          return this.#renew();
        case "session-expiring":
          // Somebody idle is asked in the desk itself.
          return message.cause === "idle" ? undefined : this.#renew();
        case "session-ended":
          return this.#emit("portal:session-ended", { reason: message.reason });
        case "busy":
          return this.#emit("portal:busy", { busy: Boolean(message.busy) });
        case "event":
          return this.#emitKey(message);
        default:
          return undefined;
      }
    }

    #greet() {
      this.#greeted = true;
      clearTimeout(this.#helloTimer);
      this.shadowRoot?.querySelector(".note")?.remove();
      this.#tell("init", {
        theme: this.#theme,
        max_height: this.#limit("max-height", 0),
      });
      this.#planViewport();
      this.#emit("portal:ready", {});
    }

    /** @param {Message} message */
    #emitKey(message) {
      const name = KEY_EVENTS[String(message.name)];
      if (name) this.#emit(name, { keyId: message.key_id, keyName: message.key_name });
    }

    /** @param {string} name @param {number} fallback */
    #limit(name, fallback) {
      const value = Number.parseInt(this.getAttribute(name) ?? "", 10);
      return value > 0 ? value : fallback;
    }

    #size() {
      const least = this.#limit("min-height", DEFAULT_MIN_HEIGHT);
      const most = this.#limit("max-height", 1_000_000);
      const height = Math.max(least, Math.min(this.#wanted, most));
      this.style.minHeight = `${least}px`;
      if (this.#frame) this.#frame.style.height = `${height}px`;
      this.#planViewport();
    }

    /** A new screen has begun: show its top, if that has been scrolled away. */
    #reveal() {
      if (this.getBoundingClientRect().top < 0) this.scrollIntoView({ block: "start" });
    }

    #planViewport() {
      if (!this.#frame) return;
      this.#viewportPlanned ||= requestAnimationFrame(() => {
        this.#viewportPlanned = 0;
        const box = this.#frame?.getBoundingClientRect();
        if (!box) return;
        const top = Math.max(0, -box.top);
        const bottom = Math.min(box.height, innerHeight - box.top);
        this.#tell("viewport", { top, height: Math.max(0, bottom - top) });
      });
    }

    /** @param {string} type @param {Record<string, unknown>} payload */
    #tell(type, payload) {
      // Before it says hello the frame may still hold an empty page of our own origin.
      if (!this.#greeted || !this.#frame?.contentWindow) return;
      const message = { ...payload, source: "keyplate", type };
      this.#frame.contentWindow.postMessage(message, this.#origin);
    }

    /** @param {string} name @param {Record<string, unknown>} detail */
    #emit(name, detail) {
      this.dispatchEvent(
        new CustomEvent(name, { bubbles: true, composed: true, detail }),
      );
    }

    /** @param {unknown} error */
    #report(error) {
      const known = error instanceof Refused;
      const code = known ? error.code : "unavailable";
      this.#emit("portal:error", {
        code,
        message: known ? error.message : SENTENCES.unavailable,
      });
      return /** @type {keyof typeof SENTENCES} */ (code);
    }

    /** @param {unknown} error */
    #fail(error) {
      this.#clear();
      const code = this.#report(error);
      this.#note(
        "error",
        SENTENCES[code],
        code === "forbidden" ? null : () => this.reload(),
      );
    }

    /** @param {"loading" | "error"} kind @param {string} text @param {(() => void) | null} [retry] */
    #note(kind, text, retry = null) {
      const note = document.createElement("div");
      note.className = `note ${kind}`;
      note.setAttribute("role", kind === "error" ? "alert" : "status");
      note.style.minHeight = `${this.#limit("min-height", DEFAULT_MIN_HEIGHT)}px`;
      const sentence = document.createElement("p");
      sentence.textContent = text;
      note.append(sentence);
      if (retry) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = "Try again";
        button.addEventListener("click", retry);
        note.append(button);
      }
      this.shadowRoot?.append(note);
    }
  }

  if (!customElements.get("api-keys-portal")) {
    customElements.define("api-keys-portal", ApiKeysPortal);
  }
})();
