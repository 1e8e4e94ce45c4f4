// Requests of a page to the server that it came from.

const CHANGE_HEADER = "x-catsclean-change";
// a browser refuses larger bodies of requests that may outlive the page
const MOST_KEEPALIVE = 60_000;

export class FetchWire {
  // `change`: the token that every change needs
  constructor(change) {
    this.change = change;
    this.silent = "catsclean does not answer";
    this.gone = "catsclean was started again: open the address that it printed";
  }

  ask(path, query) {
    const parameters = new URLSearchParams(query);
    return fetch(parameters.size ? `${path}?${parameters}` : path, { headers: { accept: "application/json" } });
  }

  post(path, body) {
    const text = JSON.stringify(body);
    return fetch(path, {
      method: "POST",
      keepalive: text.length < MOST_KEEPALIVE,
      headers: { "content-type": "application/json", [CHANGE_HEADER]: this.change },
      body: text,
    });
  }

  source(address) {
    return address;
  }
}
