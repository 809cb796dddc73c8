/** One line of a role: what it may do with the URIs that match. */
export interface Permission {
  readonly uri: string;
  readonly match: 'exact' | 'prefix' | 'wildcard';
  readonly allow: {
    readonly call?: boolean;
    readonly register?: boolean;
    readonly publish?: boolean;
    readonly subscribe?: boolean;
  };
  /** Tells callees and subscribers who called and published, asked for or not. */
  readonly disclose?: { readonly caller?: boolean; readonly publisher?: boolean };
}

export interface Role {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

export interface User {
  readonly secret: string;
  readonly role: string;
  /** The client is told to derive the key that it signs with. */
  readonly salted?: { readonly salt: string; readonly iterations: number; readonly keylen: number };
}

export interface RouterSetup {
  readonly realm: string;
  readonly roles: readonly Role[];
  readonly users: Readonly<Record<string, User>>;
  /** Role of those who do not authenticate. */
  readonly anonymousRole: string;
  /** Role of the HTTP paths `/call` and `/publish`. */
  readonly httpRole: string;
}

/** A router under test: Crossbar, or ours. */
export interface RouterPeer {
  readonly kind: 'crossbar' | 'embedded';
  readonly realm: string;
  /** `ws://127.0.0.1:PORT/ws` */
  readonly wsUrl: string;
  /** `http://127.0.0.1:PORT`: the paths `/call` and `/publish` are below it. */
  readonly httpUrl: string;
  /** Ends it as a crash does and starts it again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}
