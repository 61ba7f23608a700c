// The REST API with one key. The types are those of the OpenAPI document.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.gen";

type Schemas = components["schemas"];
export type Row = Schemas["StockRow"];
export type Totals = Schemas["StockSearchTotals"];
export type StoreTotals = Schemas["StockTotals"];
export type Store = Schemas["Store"];
export type Product = Schemas["Product"];
export type Movement = Schemas["StockMovementOfRow"];
export type Reservation = Schemas["Reservation"];
export type ReservationLine = Schemas["ReservationLine"];
export type Key = Schemas["Key"];
export type Problem = Schemas["Problem"];

export type API = Client<paths>;

const timeout = 15_000;

/** The refusal of a request, or a missing response (status 0). */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super(problem.detail ?? `HTTP ${status}`);
  }

  /** A member of the problem document that is a number, such as available. */
  figure(member: string): number | undefined {
    const value = (this.problem as Record<string, unknown>)[member];
    return typeof value === "number" ? value : undefined;
  }
}

/** A client of the API that sends a key. */
export function newAPI(key: string): API {
  return createClient<paths>({
    headers: { "X-API-Key": key },
    cache: "no-store",
    querySerializer: { array: { style: "form", explode: true } },
    fetch: (request) =>
      fetch(new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]) })),
  });
}

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of a response. Throws a Failure for a refusal and for a missing response. */
export async function dataOf<T>(request: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await request;
  } catch (err) {
    throw new Failure(0, { detail: String(err) });
  }
  if (!outcome.response.ok) throw failureOf(outcome.response.status, outcome.error);
  return outcome.data as T;
}

/** The Failure of a status and the body of its response. */
export function failureOf(status: number, body: unknown): Failure {
  return new Failure(status, typeof body === "object" && body !== null ? (body as Partial<Problem>) : {});
}

/** A key for one attempt to change something; repeating the attempt acts once. */
export function newIdempotencyKey(): string {
  // crypto.randomUUID exists on https and localhost only.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Every store that the key sees, by id. */
export async function loadStores(api: API): Promise<Store[]> {
  const stores: Store[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? { limit: 100 } : { limit: 100, cursor };
    const page = await dataOf(api.GET("/api/v1/stores", { params: { query } }));
    stores.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return stores;
}
