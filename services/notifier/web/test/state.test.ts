import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Failure } from "../src/api";
import {
  emptyState,
  keptAlerts,
  sumTotals,
  withAlerts,
  withEvent,
  withNames,
  withoutFigures,
  withRows,
} from "../src/state";
import { makeAlert, makeEvent, makeRow, makeTotals } from "./fixtures";

suite("withRows", () => {
  const first = withRows(emptyState, { list: [makeRow()], total: 1 }, 1000);

  test("the first rows are not changes", () => {
    assert.deepEqual(first.rows, { list: [makeRow()], total: 1 });
    assert.deepEqual([...first.changed], []);
  });
  test("a new version and a new row are changes", () => {
    const list = [makeRow({ version: 2 }), makeRow({ store_id: "BCN-001" })];
    assert.deepEqual(
      [...withRows(first, { list, total: 2 }, 2000).changed],
      [
        ["p1/MAD-001", 2000],
        ["p1/BCN-001", 2000],
      ],
    );
  });
  test("the same versions leave the map of changes as it is", () => {
    assert.equal(withRows(first, { list: [makeRow({ quantity: 99 })], total: 1 }, 2000).changed, first.changed);
  });
  test("a change is forgotten after a minute, at the next change", () => {
    const second = withRows(first, { list: [makeRow({ version: 2 })], total: 1 }, 2000);
    const other = { list: [makeRow({ version: 2 }), makeRow({ product_id: "p2" })], total: 2 };
    assert.deepEqual([...withRows(second, other, 61_999).changed.keys()], ["p1/MAD-001", "p2/MAD-001"]);
    assert.deepEqual([...withRows(second, other, 62_000).changed.keys()], ["p2/MAD-001"]);
  });
});

suite("withEvent", () => {
  test("the newest event is the first", () => {
    const one = withEvent(emptyState, makeEvent("stock.low", { id: "1" }), 10);
    const two = withEvent(one, makeEvent("stock.low", { id: "2" }), 20);
    assert.deepEqual(
      two.events.map((e) => [e.id, e.seen]),
      [
        ["2", 20],
        ["1", 10],
      ],
    );
  });
  test("an event that comes twice counts once", () => {
    const once = withEvent(emptyState, makeEvent("reservation.created"), 10);
    assert.equal(withEvent(once, makeEvent("reservation.created"), 20), once);
  });
  test("200 events are kept", () => {
    let state = emptyState;
    for (let i = 0; i < 205; i++) state = withEvent(state, makeEvent("stock.low", { id: String(i) }), i);
    assert.equal(state.events.length, 200);
    assert.equal(state.events.at(-1)?.id, "5");
  });
  test("reservations and sales are counted by the minute of the event", () => {
    const minute = Date.parse("2026-01-01T10:00:00Z") / 60_000;
    let state = emptyState;
    for (const [id, type, created_at] of [
      ["1", "reservation.created", "2026-01-01T10:00:00.000Z"],
      ["2", "reservation.created", "2026-01-01T10:00:59.999Z"],
      ["3", "reservation.confirmed", "2026-01-01T10:00:30.000Z"],
      ["4", "reservation.cancelled", "2026-01-01T10:00:30.000Z"],
      ["5", "reservation.created", "2026-01-01T10:01:00.000Z"],
    ] as const) {
      state = withEvent(state, makeEvent(type, { id, created_at }), 0);
    }
    assert.deepEqual(
      [...state.activity],
      [
        [minute, { reservations: 2, sales: 1 }],
        [minute + 1, { reservations: 1, sales: 0 }],
      ],
    );
  });
  test("minutes of more than an hour before are forgotten", () => {
    const old = withEvent(emptyState, makeEvent("reservation.created", { id: "1" }), 0);
    const later = makeEvent("reservation.created", { id: "2", created_at: "2026-01-01T11:00:30.000Z" });
    assert.equal(withEvent(old, later, 0).activity.size, 1);
  });
  test("an alert that is raised is a live alert", () => {
    const payload = { ...makeAlert("a", "2026-01-01T10:00:00.000Z") };
    const state = withEvent(emptyState, makeEvent("alert.raised", { payload }), 0);
    assert.deepEqual(
      state.alerts?.map((a) => [a.id, a.live]),
      [["a", true]],
    );
  });
});

suite("withAlerts", () => {
  const older = makeAlert("older", "2026-01-01T09:00:00.000Z");
  const newer = makeAlert("newer", "2026-01-01T10:00:00.000Z");

  test("the newest alert is the first, in whatever order they come", () => {
    for (const list of [
      [older, newer],
      [newer, older],
    ]) {
      assert.deepEqual(
        withAlerts(emptyState, list, false).alerts?.map((a) => a.id),
        ["newer", "older"],
      );
    }
  });
  test("a live alert stays live when a reading has it too", () => {
    const live = withAlerts(emptyState, [newer], true);
    assert.deepEqual(
      withAlerts(live, [newer, older], false).alerts?.map((a) => [a.id, a.live]),
      [
        ["newer", true],
        ["older", false],
      ],
    );
  });
  test("the newest are kept", () => {
    const list = Array.from({ length: keptAlerts + 5 }, (_, i) =>
      makeAlert(String(i), `2026-01-01T10:00:00.${100 + i}Z`),
    );
    const { alerts } = withAlerts(emptyState, list, false);
    assert.equal(alerts?.length, keptAlerts);
    assert.equal(alerts.at(-1)?.id, "5");
  });
});

suite("withNames", () => {
  test("a new name replaces an old one", () => {
    const state = withNames(withNames(emptyState, new Map([["p1", "Tea"]])), new Map([["p1", "Coffee"]]));
    assert.deepEqual([...state.names], [["p1", "Coffee"]]);
  });
});

suite("withoutFigures", () => {
  test("no figure of the previous store is left", () => {
    const full = {
      ...withAlerts(withEvent(emptyState, makeEvent("reservation.created"), 1), [makeAlert("a", "")], false),
      rows: { list: [makeRow()], total: 1 },
      totals: { rows: 1, available: 8, reserved: 2, low: 0 },
      changed: new Map([["p1/MAD-001", 1]]),
      pending: { list: [], total: 4 },
      stores: ["MAD-001"],
      names: new Map([["p1", "Coffee"]]),
      connection: "live" as const,
      asOf: 5,
      behindSince: 6,
      trouble: new Failure(500, "", ""),
    };
    const { stores, names, events, connection, ...figures } = withoutFigures(full);
    assert.deepEqual({ ...emptyState, ...figures }, emptyState);
    assert.deepEqual(
      { stores, names, events, connection },
      {
        stores: full.stores,
        names: full.names,
        events: full.events,
        connection: "live",
      },
    );
  });
});

suite("sumTotals", () => {
  const stores = new Map([
    ["MAD-001", makeTotals("MAD-001", { rows: 3, available: 10, reserved: 4, low: 1 })],
    ["BCN-001", makeTotals("BCN-001", { rows: 2, available: 5, reserved: 1, low: 2 })],
  ]);

  test("all stores", () => assert.deepEqual(sumTotals(stores, ""), { rows: 5, available: 15, reserved: 5, low: 3 }));
  test("one store", () =>
    assert.deepEqual(sumTotals(stores, "BCN-001"), { rows: 2, available: 5, reserved: 1, low: 2 }));
  test("a store without stock", () =>
    assert.deepEqual(sumTotals(stores, "VLC-001"), { rows: 0, available: 0, reserved: 0, low: 0 }));
});
