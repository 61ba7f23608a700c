// Code generated from openapi.json by schema.mjs. DO NOT EDIT.

export interface paths {
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List alerts
         * @description Newest first. Alerts are kept for a week, unless configured otherwise. A key of some stores sees the alerts of these stores alone.
         */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List alert rules
         * @description In the order of their creation. A key of some stores sees the rules that concern one of these, without the names of other stores.
         */
        get: operations["listAlertRules"];
        put?: never;
        /**
         * Create an alert rule
         * @description An alert is raised when threshold events of the type happened less than window_seconds apart: of reservation.expired in one store, of stock.low of one product in one store. After it, the rule is quiet for that store, or for that product in that store, until quiet_seconds have passed. Events count by the time at which they happened, even when they arrive late; quiet periods are measured by this service's clock. There are 50 rules at most.
         */
        post: operations["createAlertRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The rule's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        /**
         * Get an alert rule
         * @description For a key of some stores, a rule that concerns none of them does not exist.
         */
        get: operations["getAlertRule"];
        /**
         * Update an alert rule
         * @description A full update: an absent field takes its default. A quiet period that has begun gets the new length. With If-Match it changes nothing unless the rule is still at that version.
         */
        put: operations["updateAlertRule"];
        post?: never;
        /**
         * Delete an alert rule
         * @description Its alerts are kept as long as others.
         */
        delete: operations["deleteAlertRule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List catalog's events
         * @description The event table of catalog, oldest first. Product events concern no store, so a key of some stores sees only the events of these stores.
         */
        get: operations["listCatalogEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/reservation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List reservation's events
         * @description The event table of reservation, oldest first. A key of some stores sees only the events of these.
         */
        get: operations["listReservationEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/stock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List stock's events
         * @description The event table of stock, oldest first. store_id selects the events that concern a store, among them the transfers from and to it. A key of some stores sees the events whose stores are all its own: a transfer to or from another store stays hidden, and its client reads a row again when its version skips a number.
         */
        get: operations["listStockEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the events
         * @description Server-sent events: each event once, in the order in which notifier got them, with its document in data, its type in event and its place in id. Without an id to begin after, the stream begins with the next event. A line that begins with a colon comes every 15 seconds and means only that the connection works. A reader that is too slow is disconnected, like every reader when the service stops; a reader that connects again with the last id misses nothing. A key of some stores sees only events that concern these stores alone.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The API key of the request
         * @description The name of the key and its access, so that a program for people offers nothing that would be refused.
         */
        get: operations["getKey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List products
         * @description In the order of their creation. total counts all products that match the filters.
         */
        get: operations["listProducts"];
        put?: never;
        /**
         * Create a product
         * @description Needs an API key that is not restricted. The SKU must not be another product's.
         */
        post: operations["createProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export products
         * @description All products in the order of their creation, with the columns of an import. A row that changes while the file is written appears in its old or its new form. In CSV, an apostrophe comes before a cell that a spreadsheet would take for a formula; an import removes it.
         */
        get: operations["exportProducts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create or update products from a file
         * @description CSV with a header line, the columns sku and name, and optionally description, category and price; or NDJSON, with an object on each line like the body of a create. UTF-8, with or without a byte order mark. Columns of CSV are separated by commas or semicolons, and spaces around values are removed. Needs an API key that is not restricted. In mode create a product that exists with the same details is counted as unchanged, and prices are compared by their amount (19.90 equals 19.9); a SKU of a different product fails, and the error names the fields that differ. The modes update and upsert change the columns that the file has, in NDJSON those of the line that are not null: an empty cell empties description and category, and leaves the price. A SKU that no product has fails in mode update, and is created in mode upsert, with a name. A product that has these values is counted as unchanged. A line has at most 65,536 bytes, the file 1 GiB. Lines are done in batches, each in one transaction. The response reports a line that fails, with its number, and the others are kept. If the request ends with an error, the lines up to the one in the problem's member import are done. Send it again with the same Idempotency-Key and it continues there, doing no line twice; once it is complete, the key returns the first response again.
         */
        post: operations["importProducts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products/sku/{sku}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find a product by its SKU
         * @description In any case, as SKUs differ in more than case. A deleted product does not exist.
         */
        get: operations["getProductBySKU"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The product's id, as a list of products shows it. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        /**
         * Get a product
         * @description A deleted product does not exist.
         */
        get: operations["getProduct"];
        /**
         * Update a product
         * @description Needs an API key that is not restricted. A full update: a field that is absent or null becomes empty, or 0. With If-Match it changes nothing unless the product is still at that version.
         */
        put: operations["updateProduct"];
        post?: never;
        /**
         * Delete a product
         * @description Needs an API key that is not restricted. The product is no longer found and its SKU is free again; its stock stays for audit but takes no new rows and no reservations.
         */
        delete: operations["deleteProduct"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search reservations
         * @description Newest first. A page may have fewer reservations than limit, also none, when few match: the list ends with the page that has no next_cursor. A key of some stores sees the reservations of which all stores are among these.
         */
        get: operations["searchReservations"];
        put?: never;
        /**
         * Reserve
         * @description Holds units of a stock row, or of several, for a customer: all lines in one transaction, or none. With an Idempotency-Key a retry never reserves twice, whichever outcome the first request had, and succeeds once stock works, however many requests failed before. A key whose response has expired can be used again: it creates a new reservation.
         */
        post: operations["createReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export reservations
         * @description The reservations that match, newest first: in CSV a record for each line, in NDJSON an object for each reservation. A key of some stores gets the reservations of which all stores are among these. A row that changes while the file is written appears in its old or its new form. In CSV, an apostrophe comes before a cell that a spreadsheet would take for a formula; an import removes it.
         */
        get: operations["exportReservations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/product/{product_id}/store/{store_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        /**
         * List the reservations of a stock row
         * @description In the order in which they were recorded, with all their lines. status selects those in one status.
         */
        get: operations["listReservationsOfStock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count by status
         * @description A key of some stores counts only the reservations of these.
         */
        get: operations["getReservationStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/store/{store_id}/pending": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        /**
         * List a store's pending reservations
         * @description By time of expiry, earliest first.
         */
        get: operations["listPendingReservations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        /**
         * Get a reservation
         * @description For a key of some stores, a reservation that has a line of another store does not exist.
         */
        get: operations["getReservation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a reservation
         * @description Makes its units available again, or those of `lines`. The rules are those of confirm.
         */
        post: operations["cancelReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm a reservation
         * @description Turns it into a sale: its units leave the stock. With `lines` only those units are sold; the others are given back, or stay held with `remainder` keep, and then the reservation stays pending. Repeating a successful confirm of all units returns the same; one of some units acts again if enough are held, unless it has the same Idempotency-Key. An expired reservation can no longer be confirmed.
         */
        post: operations["confirmReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/{id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extend a reservation
         * @description Lets a pending reservation expire after the given time from now. It never moves to an earlier time: if it expires later already, it is returned as it is. The life of a reservation is bounded by RESERVATION_MAX_LIFE, 31 days by default.
         */
        post: operations["extendReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reservations/{id}/return": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take sold units back
         * @description Records that the customer brought sold units back, never more than were sold and not yet returned. The status stays. With `restock` the units are added to the quantity of their store, or of `to_store_id`, whose row of the product is created when it is missing. Where STORES is registered, a row is not created in a store that does not exist. With `to_store_id` the request needs stock; without it, it does not.
         */
        post: operations["returnReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List stock rows
         * @description Rows of all stores, or of the stores of the key, that match every filter. A page may have fewer rows than its limit, or none, although others follow: the list ends where next_cursor is absent. A walk by cursors shows every row that was there all the time and kept its place in the order; by available units or updated_at, a row that changes during the walk may be missed or shown twice.
         */
        get: operations["searchStock"];
        put?: never;
        /**
         * Create a stock row
         * @description Records that a store has a product from now on. A product that was just created is known at once. A deleted product takes no new rows: 404, as for an unknown one.
         */
        post: operations["createStock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List counts
         * @description Newest first. A key of some stores sees the counts of these stores.
         */
        get: operations["listCounts"];
        put?: never;
        /**
         * Open a count
         * @description Begins to count the units of a store. Nothing is booked before the count is applied, and stock is sold while it is open.
         */
        post: operations["openCount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/counts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
                id: components["parameters"]["CountID"];
            };
            cookie?: never;
        };
        /**
         * Read a count
         * @description The count with a page of its lines, by product, and their differences. A line that was not booked for reserved units names the reservations that hold them now, newest first, 100 at most.
         */
        get: operations["getCount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/counts/{id}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
                id: components["parameters"]["CountID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply a count
         * @description Books counted minus quantity of each line, on the present quantity: units that were sold between counting and booking stay sold. A missing row is created. A line that would leave fewer units than are reserved or unavailable fails alone. The lines are booked a few at a time. If the request breaks off, send it again: it continues, and books no line twice. Applying an applied count again tries only the lines that failed.
         */
        post: operations["applyCount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/counts/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
                id: components["parameters"]["CountID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discard a count
         * @description Possible while nothing was booked. None of its lines will be.
         */
        post: operations["discardCount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/counts/{id}/lines": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
                id: components["parameters"]["CountID"];
            };
            cookie?: never;
        };
        get?: never;
        /**
         * Add lines to a count
         * @description Each line is remembered with the quantity and the version of its row at this moment, and a product that was counted before is replaced; a product without a row has the quantity 0. A count has at most 100,000 lines. With an Idempotency-Key a repeated request keeps the quantities of the first one; without it, units that were sold in between count as missing. JSON is one line or up to 1,000 lines, stored all or none: the response has these lines. An unknown or deleted product is refused, with the number of its line. CSV has a header line, the column counted, and one of product_id and sku; NDJSON has the same names. The lines of a file are stored in batches, each line for itself, as those of /api/v1/stock/import: the response reports the lines that failed.
         */
        put: operations["setCountLines"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export stock
         * @description The rows of existing products, by product and store, with the columns of an import; a reorder point that was never set is empty, or null. A key of some stores gets the rows of these. A row that changes while the file is written appears in its old or its new form. In CSV, an apostrophe comes before a cell that a spreadsheet would take for a formula; an import removes it.
         */
        get: operations["exportStock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set or adjust quantities from a file
         * @description CSV with a header line, the columns store_id, quantity and one of product_id and sku, and optionally min_stock, max_stock, reorder_point, reorder_qty and reason; or NDJSON with the same names, in which a product_id or sku that is given and empty fails the line. UTF-8, with or without a byte order mark. Columns of CSV are separated by commas or semicolons, and spaces around values are removed; 7.0 is a whole number. In mode set a missing row is created; an existing row gets the quantity and the given thresholds, as with PUT: a quantity below the reserved units fails. A line that matches existing data changes nothing and is counted as unchanged, and one whose row an earlier line of the file has fails; the first 2,097,152 rows are compared. Without an Idempotency-Key, sending a file again sets the quantities again, even if units were sold in between. In mode adjust the quantity is units that are added to the row or, if negative, removed, as with adjust: a missing row fails, and so does the removal of more than the available units. Without an Idempotency-Key, sending a file again adds the units again. A line has at most 65,536 bytes, the file 1 GiB. Lines are done in batches, each in one transaction. The response reports a line that fails, with its number, and the others are kept. If the request ends with an error, the lines up to the one in the problem's member import are done. Send it again with the same Idempotency-Key and it continues there, doing no line twice; once it is complete, the key returns the first response again.
         */
        post: operations["importStock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/low-stock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the rows that run low
         * @description Rows with at most threshold units available, fewest first; without a threshold, rows at or below their own reorder point (10 for rows that never got one). Rows of deleted products are not listed.
         */
        get: operations["listLowStock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/movements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the movements of all rows
         * @description Every change of a quantity or of the state of units that matches every filter, newest first, with those of deleted rows. quantity is the running balance of the row. A key of some stores sees the movements of these stores. A page may have fewer movements than its limit, or none, although others follow: the list ends where next_cursor is absent.
         */
        get: operations["searchStockMovements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/movements/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export movements
         * @description The ledger over all rows, oldest first. A key of some stores gets the movements in these. A row that changes while the file is written appears in its old or its new form. In CSV, an apostrophe comes before a cell that a spreadsheet would take for a formula; an import removes it.
         */
        get: operations["exportMovements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/product/{product_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
            };
            cookie?: never;
        };
        /**
         * List the stores that have a product
         * @description With totals. A key of some stores gets only these stores and their totals. With as_of the response has the rows of that time, without the reserved units, which are not known of the past.
         */
        get: operations["getStockOfProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/store/{store_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        /**
         * List the stock of a store
         * @description By product id. A store without stock has an empty list. With as_of the response has the rows of that time, without the reserved units; its pages have cursors only, and may have fewer rows than their limit.
         */
        get: operations["listStockOfStore"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Total the stock of each store
         * @description The totals of every store that has stock, by its id. A key of some stores sees the totals of these stores. Rows of deleted products count in rows and in the units, and are neither low nor out.
         */
        get: operations["summarizeStock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move units to another store
         * @description Both rows change at once. The target row is created when it is missing, unless the product was deleted, which is 404: units of a deleted product move between stores that have a row. Reserved units do not move.
         */
        post: operations["transferStock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/{product_id}/{store_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        /**
         * Get a stock row
         * @description With as_of the response is the row at that time, without the reserved units, which are not known of the past: without units for a time before the row existed, with the present ones for a future time.
         */
        get: operations["getStock"];
        /**
         * Set a quantity
         * @description After a count. Absent thresholds do not change. A quantity below the reserved and unavailable units is refused. With If-Match nothing changes unless the row is still at that version.
         */
        put: operations["updateStock"];
        post?: never;
        /**
         * Delete a stock row
         * @description Deletes a row that has no units, none reserved and none on the way. Its movements stay. If the product gets a row in the store again, its versions go on after those of the deleted row. With If-Match nothing changes unless the row is still at that version.
         */
        delete: operations["deleteStock"];
        options?: never;
        head?: never;
        /**
         * Change thresholds
         * @description Changes the given thresholds and never the quantity, so units that are sold at the same time stay sold. null counts as absent. Thresholds that the row has already change nothing: neither its version nor its events. With If-Match nothing changes unless the row is still at that version. A reorder point at or above the available units makes the row low.
         */
        patch: operations["setStockThresholds"];
        trace?: never;
    };
    "/api/v1/stock/{product_id}/{store_id}/adjust": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add or remove units
         * @description Never removes reserved units. With If-Match nothing changes unless the row is still at that version.
         */
        post: operations["adjustStock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/{product_id}/{store_id}/availability": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        /**
         * Check whether a quantity is available
         * @description Only a check, which holds no units; a reservation does.
         */
        get: operations["getStockAvailability"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/{product_id}/{store_id}/movements": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        /**
         * List the movements of a row
         * @description Every change of the row's quantity, newest first; the quantity is their sum. With as_of the response is the quantity at that time instead: 0 for a time before the row existed, the present quantity for a future time. Reservations change the quantity when they are confirmed. as_of and the parameters of a page exclude each other.
         */
        get: operations["listStockMovements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stock/{product_id}/{store_id}/states": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the state of units
         * @description Sets units apart that cannot be sold, such as damaged ones, or makes them available again. The quantity stays: available is quantity less reserved and all units that are unavailable. Reserved units change no state. With If-Match nothing changes unless the row is still at that version.
         */
        post: operations["changeStockState"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List stores
         * @description By id. A key of some stores sees these only.
         */
        get: operations["listStores"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stores/{store_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                store_id: components["schemas"]["StoreID"];
            };
            cookie?: never;
        };
        /**
         * Get a store
         * @description Needs no API key. A deleted store does not exist.
         */
        get: operations["getStore"];
        /**
         * Create or update a store
         * @description Needs an API key that is not restricted. A full update: a text that is absent or null becomes empty. A store that does not exist is created, also one that was deleted. With If-Match it changes nothing unless the store is still at that version; with If-None-Match of * it only creates.
         */
        put: operations["putStore"];
        post?: never;
        /**
         * Delete a store
         * @description Needs an API key that is not restricted. Its stock and reservations stay. It exists again when it is created again or, unless STORES is registered, when a new stock row uses it.
         */
        delete: operations["deleteStore"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The state of the installation
         * @description The health of each service, the position of the consumer groups, and the events that a group could not handle. The response may be a second old. A part that does not respond is shown as such. A key of some stores sees the number of dead letters, but not the dead letters.
         */
        get: operations["system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/dead-letters/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay a dead letter
         * @description Sends the event once more to the group that could not handle it, and removes the dead letter. If it fails again, there is a new dead letter. Only keys that are not restricted may do this.
         */
        post: operations["replayDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List transfers
         * @description Newest first. A key of some stores sees the transfers whose stores are all its own.
         */
        get: operations["listTransfers"];
        put?: never;
        /**
         * Request a transfer or a delivery
         * @description Announces units that a store or a supplier will send to a store; nothing moves yet. Lines of the same product are added up. The source needs a row of each product; the row of the target is created when the units are shipped. The key must be allowed to use both stores. A delivery of a supplier has supplier instead of from_store_id, and no source row.
         */
        post: operations["requestTransfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
                id: components["parameters"]["TransferID"];
            };
            cookie?: never;
        };
        /**
         * Read a transfer
         * @description For a key of some stores, a transfer that concerns another store does not exist.
         */
        get: operations["getTransfer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfers/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
                id: components["parameters"]["TransferID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a transfer
         * @description Possible while no unit was received or lost. Its shipped units go back to the source.
         */
        post: operations["cancelTransfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfers/{id}/receive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
                id: components["parameters"]["TransferID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive units of a transfer
         * @description Accounts for units that are on the way: received when they arrived, lost when they will not arrive. Damaged is the part of the received units that arrived damaged. Received units join the quantity of the target, the damaged ones in state damaged. It may be called as often as needed; the transfer is received when nothing is on the way any more.
         */
        post: operations["receiveTransfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfers/{id}/ship": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
                id: components["parameters"]["TransferID"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ship a transfer
         * @description All units leave the source and are on the way: its quantity falls, incoming of the target rises. The source needs as many available units of every line. A delivery of a supplier has no source row.
         */
        post: operations["shipTransfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description In the order of their creation.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description The response shows the secret that signs its requests, which is the one in the request if there is one. It is shown once: no later response has it, not even the response to the same request sent again with its Idempotency-Key. If that response was lost, give the webhook a new secret. The webhook gets events from now on.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        /**
         * Get a webhook
         * @description Without the secret, which only its create and its rotation return. For a key of some stores, the webhook of another store does not exist.
         */
        get: operations["getWebhook"];
        /**
         * Update a webhook
         * @description A full update of all fields but the secret: an absent field takes its default. Queued deliveries stay queued; while the webhook is inactive nothing is sent or queued. With If-Match it changes nothing unless the webhook is still at that version.
         */
        put: operations["updateWebhook"];
        post?: never;
        /**
         * Delete a webhook
         * @description Its deliveries are deleted with it, even pending ones.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        /**
         * List the deliveries of a webhook
         * @description Newest first. Finished deliveries are kept for a week, unless configured otherwise.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
                /** @description The delivery's id, as the list of deliveries shows it. */
                delivery_id: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deliver an event again
         * @description Queues the event of a finished delivery once more, after the pending deliveries for its product or reservation. It is sent with the same webhook-id.
         */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a range again
         * @description Queues the events of the feed that were recorded from one time to another once more, those that the webhook wants, in the order in which they were recorded; events of one product or reservation come after its pending deliveries. The first events are queued before the response; the rest follows while fewer than 1,000 deliveries of the webhook are pending. The feed has the events of FEED_RETENTION. A webhook has one replay at a time. The log of deliveries shows each of them.
         */
        post: operations["replayWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a webhook a new secret
         * @description The response shows the new secret, which is the one in the request if there is one. It is shown once: no later response has it, not even the response to the same request sent again with its Idempotency-Key. For 24 hours requests carry a signature of the previous secret too, so that the endpoint can change over without losing an event. A secret that the webhook has already changes nothing.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test event
         * @description Queues an event of the type webhook.test for this webhook alone, regardless of its filters. The log shows the outcome.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The health of the service
         * @description Whether its database and its broker respond, and how many events wait for the broker.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The metrics of the service, for Prometheus
         * @description Returns 404 when INTERNAL_PORT or METRICS_PORT is set; the metrics are then on that port.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether a load balancer should send requests
         * @description 503 while the service starts, and once it stops.
         */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    event: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive an event
         * @description A request of this service to the URL of each webhook that wants the event. The same event may come more than once, always with the same webhook-id. To verify a request, compute the HMAC-SHA256 of webhook-id, a full stop, webhook-timestamp, a full stop and the unchanged body; the key is the base64 after whsec_ in the secret. The base64 of the result must be one of the signatures. Refuse a timestamp that is more than five minutes old or in the future. Libraries of the Standard Webhooks specification do all of this.
         */
        post: operations["receiveEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /**
         * @description null counts as absent.
         * @default true
         */
        ActiveFlag: boolean | null;
        /** @description The author of the change: the name of the API key, or of the service when it acted by itself, as for an expiry. Absent in records of releases before actors. */
        Actor: string;
        /** @description The payload of alert.raised. */
        Alert: {
            /**
             * Format: int64
             * @description The number of events in the window that ends with last_event_at.
             */
            count: number;
            /**
             * @description The type of the events that were counted.
             * @enum {string}
             */
            event_type: "stock.low" | "reservation.expired";
            /**
             * Format: date-time
             * @description The time of the first of them.
             */
            first_event_at: string;
            /**
             * Format: uuid
             * @description The alert, and the id of its event.
             */
            id: string;
            /**
             * Format: date-time
             * @description The time of the last of them.
             */
            last_event_at: string;
            /** @description The product that runs low; only in an alert of stock.low. */
            product_id?: string;
            /**
             * Format: date-time
             * @description The time at which the alert was raised.
             */
            raised_at: string;
            /**
             * Format: uuid
             * @description The rule that raised it.
             */
            rule_id: string;
            /** @description The name of the rule when the alert was raised. threshold and window_seconds also have their values at that time. */
            rule_name: string;
            /** @description The last of these events. */
            sample: {
                /** @description The event. */
                event_id: string;
                /** @description The product that the event is about. */
                product_id: string;
            }[];
            /** @description The store in which they happened. */
            store_id: string;
            /**
             * Format: int64
             * @description How many events raise an alert.
             */
            threshold: number;
            /**
             * Format: int64
             * @description The longest time between the first and the last of them, in seconds.
             */
            window_seconds: number;
        };
        /** @enum {string} */
        AlertEventType: "stock.low" | "reservation.expired";
        AlertPage: {
            data: components["schemas"]["Alert"][];
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            /** Format: int64 */
            total: number;
        };
        /** @description An alert rule counted the configured number of events in its window. Webhooks and the live stream get the event, the broker does not. */
        AlertRaisedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the alert rule. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "alert_rule";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "alert.raised";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["Alert"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
        } & {
            [key: string]: unknown;
        };
        AlertRule: {
            active: boolean;
            /** Format: date-time */
            created_at: string;
            event_type: components["schemas"]["AlertEventType"];
            /** Format: uuid */
            id: string;
            name: string;
            /**
             * Format: int64
             * @description The time after an alert in which the rule raises no other one for the same store, or for stock.low for the same product in it.
             */
            quiet_seconds: number;
            /** @description Only these stores; empty for all. Each store is counted separately, and for stock.low each product in it. */
            store_ids: components["schemas"]["StoreID"][];
            /**
             * Format: int64
             * @description The number of events in a burst.
             */
            threshold: number;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
            /**
             * Format: int64
             * @description The events are a burst when they happened less than this apart.
             */
            window_seconds: number;
        };
        AlertRuleDetails: {
            active?: components["schemas"]["ActiveFlag"];
            event_type: components["schemas"]["AlertEventType"];
            name: string & components["schemas"]["VisibleText"];
            /**
             * Format: int64
             * @description The time after an alert in which the rule raises no other one for the same store, or for stock.low for the same product in it.
             */
            quiet_seconds: number;
            /**
             * @description Only these stores; empty or null for all. Each store is counted separately, and for stock.low each product in it.
             * @default []
             */
            store_ids: components["schemas"]["StoreID"][] | null;
            /**
             * Format: int64
             * @description The number of events in a burst.
             */
            threshold: number;
            /**
             * Format: int64
             * @description The events are a burst when they happened less than this apart.
             */
            window_seconds: number;
        };
        AlertRulePage: {
            data: components["schemas"]["AlertRule"][];
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            /** Format: int64 */
            total: number;
        };
        /** @description An event of catalog. */
        CatalogEvent: components["schemas"]["ProductCreatedEvent"] | components["schemas"]["ProductUpdatedEvent"] | components["schemas"]["ProductDeletedEvent"] | components["schemas"]["StoreUpdatedEvent"] | components["schemas"]["StoreDeletedEvent"];
        CatalogEventPage: {
            count: components["schemas"]["EventCount"];
            events: components["schemas"]["CatalogEventRow"][];
            next_cursor: components["schemas"]["EventCursor"];
        };
        /** @description An event as the broker gets it, with its place in the table and the time at which the broker had acknowledged it. */
        CatalogEventRow: {
            event_type: "CatalogEventRow";
        } & (Omit<components["schemas"]["CatalogEvent"], "event_type"> & components["schemas"]["EventPlace"]);
        /**
         * @example {
         *       "actor": "Store Madrid",
         *       "created_at": "2025-10-28T15:04:05.123Z",
         *       "id": "0199f3ab-51d7-7f42-a0c6-6be21d9f8c13",
         *       "reference": "stocktaking-2025",
         *       "status": "open",
         *       "store_id": "MAD-001",
         *       "totals": {
         *         "applied": 0,
         *         "failed": 0,
         *         "lines": 1
         *       },
         *       "updated_at": "2025-10-28T16:40:11.902Z",
         *       "version": 1
         *     }
         */
        Count: {
            /** @description The author of the count. */
            actor: components["schemas"]["Actor"];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            /**
             * @description The apply was the first use of the store. Absent otherwise, and when the count is read.
             * @constant
             */
            new_store?: true;
            /** @description The caller's own name of the count. Absent when there is none. */
            reference?: string;
            status: components["schemas"]["CountStatus"];
            store_id: components["schemas"]["StoreID"];
            totals: components["schemas"]["CountTotals"];
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /**
         * @example {
         *       "actor": "Store Madrid",
         *       "created_at": "2025-10-28T15:04:05.123Z",
         *       "failed": [
         *         {
         *           "counted": 18,
         *           "counted_at": "2025-10-28T15:10:31.480Z",
         *           "difference": -2,
         *           "error": {
         *             "code": "CONFLICT",
         *             "detail": "Booking -2 units would leave fewer than the 20 that are reserved or unavailable.",
         *             "reservations": [
         *               {
         *                 "created_at": "2025-10-28T16:40:00.000Z",
         *                 "expires_at": "2025-10-28T16:55:00.000Z",
         *                 "quantity": 20,
         *                 "reservation_id": "0199f3aa-0b7e-7c19-8f2d-3a6c5e9d1b70"
         *               }
         *             ]
         *           },
         *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *           "product_name": "Ethiopia Yirgacheffe 250 g",
         *           "product_sku": "CAF-ETH-250",
         *           "quantity": 20,
         *           "row_version": 7,
         *           "state": "failed"
         *         }
         *       ],
         *       "id": "0199f3ab-51d7-7f42-a0c6-6be21d9f8c13",
         *       "reference": "stocktaking-2025",
         *       "status": "applied",
         *       "store_id": "MAD-001",
         *       "totals": {
         *         "applied": 0,
         *         "failed": 1,
         *         "lines": 1
         *       },
         *       "updated_at": "2025-10-28T16:40:11.902Z",
         *       "version": 4
         *     }
         */
        CountApplied: {
            /** @description The author of the count. */
            actor: components["schemas"]["Actor"];
            /** Format: date-time */
            created_at: string;
            /** @description The first lines that failed; read the count with state=failed for all of them. */
            failed: components["schemas"]["CountLine"][];
            /** Format: uuid */
            id: string;
            /**
             * @description The apply was the first use of the store. Absent otherwise, and when the count is read.
             * @constant
             */
            new_store?: true;
            /** @description The caller's own name of the count. Absent when there is none. */
            reference?: string;
            status: components["schemas"]["CountStatus"];
            store_id: components["schemas"]["StoreID"];
            totals: components["schemas"]["CountTotals"];
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        CountLine: {
            /** @description Units that were counted. */
            counted: components["schemas"]["StockQuantity"];
            /** Format: date-time */
            counted_at: string;
            /**
             * Format: int64
             * @description counted minus quantity, the units that an apply books.
             */
            difference: number;
            error?: components["schemas"]["CountLineError"];
            product_id: string;
            product_name: string;
            product_sku: string;
            /** @description The quantity of the row when it was counted, 0 without a row. */
            quantity: components["schemas"]["StockQuantity"];
            /**
             * Format: int64
             * @description The version of the row when it was counted, 0 without a row.
             */
            row_version: number;
            state: components["schemas"]["CountLineState"];
        };
        /** @description The reason why a line failed. Absent when it did not. */
        CountLineError: {
            /** @enum {string} */
            code: "CONFLICT" | "PRODUCT_DELETED" | "UNKNOWN_STORE";
            detail: string;
            /** @description The reservations that hold units of the row, newest first. Absent when there are none. */
            reservations?: {
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                expires_at?: string;
                /** @description Units of the row that it holds. */
                quantity: components["schemas"]["StockQuantity"];
                reservation_id: string;
            }[];
        };
        /**
         * @description counted lines are not booked.
         * @enum {string}
         */
        CountLineState: "counted" | "applied" | "failed";
        /** @description Either lines, or the members of one line. */
        CountLinesRequest: {
            /**
             * Format: int64
             * @description Absent or null with lines.
             */
            counted?: number | null;
            lines?: components["schemas"]["CountedLine"][];
            product_id?: string | null;
            sku?: string | null;
        } & (unknown | ({
            counted: number;
        } & {
            [key: string]: unknown;
        }));
        CountPage: {
            data: components["schemas"]["Count"][];
            next_cursor?: components["schemas"]["NextCursor"];
        };
        /**
         * @description open takes lines; applying takes none, and a part of its lines may be booked; applied when every line was booked or has failed; of discarded nothing is booked.
         * @enum {string}
         */
        CountStatus: "open" | "applying" | "applied" | "discarded";
        /** @description The numbers of lines of the count. */
        CountTotals: {
            /** Format: int64 */
            applied: number;
            /** Format: int64 */
            failed: number;
            /** Format: int64 */
            lines: number;
        };
        /**
         * @example {
         *       "actor": "Store Madrid",
         *       "created_at": "2025-10-28T15:04:05.123Z",
         *       "id": "0199f3ab-51d7-7f42-a0c6-6be21d9f8c13",
         *       "lines": [
         *         {
         *           "counted": 18,
         *           "counted_at": "2025-10-28T15:10:31.480Z",
         *           "difference": -2,
         *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *           "product_name": "Ethiopia Yirgacheffe 250 g",
         *           "product_sku": "CAF-ETH-250",
         *           "quantity": 20,
         *           "row_version": 7,
         *           "state": "counted"
         *         }
         *       ],
         *       "reference": "stocktaking-2025",
         *       "status": "open",
         *       "store_id": "MAD-001",
         *       "totals": {
         *         "applied": 0,
         *         "failed": 0,
         *         "lines": 1
         *       },
         *       "updated_at": "2025-10-28T16:40:11.902Z",
         *       "version": 2
         *     }
         */
        CountWithLines: {
            /** @description The author of the count. */
            actor: components["schemas"]["Actor"];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            lines: components["schemas"]["CountLine"][];
            /**
             * @description The apply was the first use of the store. Absent otherwise, and when the count is read.
             * @constant
             */
            new_store?: true;
            next_cursor?: components["schemas"]["NextCursor"];
            /** @description The caller's own name of the count. Absent when there is none. */
            reference?: string;
            status: components["schemas"]["CountStatus"];
            store_id: components["schemas"]["StoreID"];
            totals: components["schemas"]["CountTotals"];
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /** @description Exactly one of product_id and sku. */
        CountedLine: {
            counted: components["schemas"]["StockQuantity"];
            product_id?: string | null;
            sku?: string | null;
        };
        /** @description An event as webhooks and the live stream get it. */
        DeliveredEvent: components["schemas"]["ProductCreatedEvent"] | components["schemas"]["ProductUpdatedEvent"] | components["schemas"]["ProductDeletedEvent"] | components["schemas"]["StoreUpdatedEvent"] | components["schemas"]["StoreDeletedEvent"] | components["schemas"]["StockCreatedEvent"] | components["schemas"]["StockUpdatedEvent"] | components["schemas"]["StockTransferredEvent"] | components["schemas"]["StockReservedEvent"] | components["schemas"]["StockReleasedEvent"] | components["schemas"]["StockLowEvent"] | components["schemas"]["StockStateChangedEvent"] | components["schemas"]["StockDeletedEvent"] | components["schemas"]["TransferRequestedEvent"] | components["schemas"]["TransferShippedEvent"] | components["schemas"]["TransferReceivedEvent"] | components["schemas"]["TransferCancelledEvent"] | components["schemas"]["ReservationCreatedEvent"] | components["schemas"]["ReservationConfirmedEvent"] | components["schemas"]["ReservationCancelledEvent"] | components["schemas"]["ReservationExpiredEvent"] | components["schemas"]["ReservationExtendedEvent"] | components["schemas"]["ReservationUpdatedEvent"] | components["schemas"]["ReservationReturnedEvent"] | components["schemas"]["AlertRaisedEvent"] | components["schemas"]["WebhookTestEvent"];
        Delivery: {
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /** @description The webhook-id of the requests. */
            event_id: string;
            event_type: string;
            /** Format: date-time */
            finished_at?: string;
            id: string;
            last_attempt?: {
                /** Format: date-time */
                at: string;
                /** @description The reason why there was no response. */
                failure?: string;
                latency_ms: number;
                /** @description The beginning of the response. */
                response?: string;
                /** @description The status of the response; absent when there was none. */
                status?: number;
            };
            /**
             * Format: date-time
             * @description Absent when the delivery is finished, and while it waits for an older one of its product or reservation.
             */
            next_attempt_at?: string;
            /**
             * @description A dead one failed for good.
             * @enum {string}
             */
            state: "pending" | "delivered" | "dead";
            /** Format: uuid */
            webhook_id: string;
        };
        DeliveryPage: {
            data: components["schemas"]["Delivery"][];
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            /** Format: int64 */
            total: number;
        };
        /** @description Events in this response. */
        EventCount: number;
        /**
         * Format: int64
         * @description The cursor of the next page; null when this page was not full.
         */
        EventCursor: number | null;
        EventFilter: string & components["schemas"]["VisibleText"];
        /** @description Data of the table about an event, in addition to the event itself. */
        EventPlace: {
            /** Format: int64 */
            seq: number;
            /**
             * Format: date-time
             * @description null while the broker has not acknowledged the event.
             */
            synced_at: string | null;
        } & {
            [key: string]: unknown;
        };
        FieldError: {
            field: string;
            message: string;
        };
        Health: {
            /** @enum {unknown} */
            broker: "ok" | "unavailable" | "none";
            /** @enum {unknown} */
            database: "healthy" | "unhealthy";
            instance_id: string;
            /** @description Of reservation with several addresses in STOCK_URL, whether it calls each instance of stock at the moment. Absent otherwise. */
            peers?: {
                address: string;
                /** @description False after a call failed, until the instance says that it is healthy. */
                available: boolean;
            }[];
            /** Format: int64 */
            pending_events: number;
            service: string;
            /** @enum {unknown} */
            status: "healthy" | "degraded" | "unhealthy";
            /** Format: date-time */
            timestamp: string;
            version: string;
        };
        /**
         * @description The outcome of the lines of an import; lines is the sum of the four others.
         * @example {
         *       "created": 2,
         *       "errors": [
         *         {
         *           "code": "VALIDATION_ERROR",
         *           "detail": "In the request, price must not be negative.",
         *           "errors": [
         *             {
         *               "field": "price",
         *               "message": "must not be negative"
         *             }
         *           ],
         *           "field": "price",
         *           "line": 3
         *         }
         *       ],
         *       "failed": 1,
         *       "lines": 3,
         *       "unchanged": 0,
         *       "updated": 0
         *     }
         */
        ImportSummary: {
            /** Format: int64 */
            created: number;
            /**
             * @description The lines were only checked. Absent otherwise.
             * @constant
             */
            dry_run?: true;
            /** @description The first 100 lines that failed. */
            errors: {
                /** @enum {unknown} */
                code: "VALIDATION_ERROR" | "FORBIDDEN" | "NOT_FOUND" | "UNKNOWN_STORE" | "CONFLICT" | "PRODUCT_DELETED" | "INSUFFICIENT_STOCK";
                detail: string;
                errors?: components["schemas"]["FieldError"][];
                /** @description The first of errors. Absent for an error that is not about a field. */
                field?: string;
                /**
                 * Format: int64
                 * @description The line of the file on which it begins; the first line is 1.
                 */
                line: number;
            }[];
            /** Format: int64 */
            failed: number;
            /**
             * Format: int64
             * @description Lines with content, without the header; a CSV record that spans several counts once.
             */
            lines: number;
            /**
             * @description A line used a store that did not exist; it exists from then on. Absent otherwise.
             * @constant
             */
            new_store?: true;
            /**
             * Format: int64
             * @description Lines that match existing data.
             */
            unchanged: number;
            /** Format: int64 */
            updated: number;
            /** @description The first 100 lines that are valid and may be a mistake: the SKU is a number in scientific notation, as spreadsheets shorten long ones. Absent without such lines. */
            warnings?: {
                detail: string;
                /** @constant */
                field: "sku";
                /** Format: int64 */
                line: number;
            }[];
        };
        Key: {
            /**
             * @description all reads and changes everything; read reads everything and changes nothing; stores reads and changes the given stores.
             * @enum {unknown}
             */
            access: "all" | "read" | "stores";
            /** @description The actor of the key's changes. */
            name: string;
            /** @description The stores of a key with access to some. Absent otherwise. */
            stores?: components["schemas"]["StoreID"][];
        };
        /** @description Text of several lines as people write it, with line feeds and tabs. A carriage return before a line feed is removed. */
        Lines: unknown;
        NewWebhook: {
            /** @description Whether the webhook gets events. */
            active: boolean;
            /** Format: date-time */
            created_at: string;
            description: string;
            /** @description The reason why the service itself deactivated the webhook. */
            disabled_reason?: string;
            /** @description Only these types; empty for all. */
            event_types: components["schemas"]["WebhookEventType"][];
            /** Format: uuid */
            id: string;
            /** @description Whether the webhook also gets reservation.cancelled of reservations that no caller was ever given. */
            include_aborted: boolean;
            /**
             * Format: date-time
             * @description The time until which the previous secret signs too.
             */
            previous_secret_until?: string;
            /** @description Signs the requests, as the Standard Webhooks specification says. Not in a replayed response. */
            secret?: string;
            /** @description Only events that concern one of these stores; empty for all, including those that concern none. */
            store_ids: components["schemas"]["StoreID"][];
            /** Format: date-time */
            updated_at: string;
            /** Format: uri */
            url: string;
            /** Format: int64 */
            version: number;
        };
        /** @description The cursor of the next page, to be sent back unchanged. Absent on the last page. */
        NextCursor: string;
        /** @description An RFC 9457 problem document. Branch on code; detail is for people. Some codes have further members, such as available and requested. */
        Problem: {
            /** @enum {string} */
            code: "VALIDATION_ERROR" | "UNAUTHORIZED" | "FORBIDDEN" | "NOT_FOUND" | "UNKNOWN_STORE" | "METHOD_NOT_ALLOWED" | "CONFLICT" | "PRODUCT_DELETED" | "INSUFFICIENT_STOCK" | "INVALID_STATE" | "RESERVATION_EXPIRED" | "VERSION_MISMATCH" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "IDEMPOTENCY_KEY_REUSED" | "RATE_LIMITED" | "STOCK_UNAVAILABLE" | "STORAGE_UNAVAILABLE" | "INTERNAL_ERROR";
            detail: string;
            errors?: components["schemas"]["FieldError"][];
            /** Format: uri-reference */
            instance?: string;
            request_id?: string;
            status: number;
            title: string;
            /**
             * Format: uri
             * @example urn:inventory:problem:insufficient-stock
             */
            type: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "category": "coffee",
         *       "created_at": "2025-10-28T15:04:05.123Z",
         *       "description": "",
         *       "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *       "name": "Ethiopia Yirgacheffe coffee beans, 250 g",
         *       "price": 9.95,
         *       "sku": "CAF-ETH-250",
         *       "updated_at": "2025-10-28T15:04:05.123Z",
         *       "version": 1
         *     }
         */
        Product: {
            /** @description Empty for none. */
            category: string;
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: uuid */
            id: string;
            name: string;
            /** @description An exact decimal number, with the digits that the caller gave, without exponent. Read it as decimal, not as a binary float. */
            price: number;
            sku: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /** @description The payload of product.created. */
        ProductCreated: {
            /** @description The category; may be empty. */
            category: string;
            /** @description A longer description; may be empty. */
            description: string;
            /**
             * Format: uuid
             * @description The product.
             */
            id: string;
            /** @description The name for people. */
            name: string;
            /** @description The price of one unit, an exact decimal number without a currency. */
            price: number;
            /** @description The stock keeping unit, unique among products that are not deleted. */
            sku: string;
            /**
             * Format: int64
             * @description The version of the product after the change.
             */
            version: number;
        };
        /** @description A product was created, by a request or an import. */
        ProductCreatedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "product";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "product.created";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ProductCreated"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the product after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** @description The payload of product.deleted. */
        ProductDeleted: {
            /**
             * Format: uuid
             * @description The product.
             */
            id: string;
            /** @description The stock keeping unit that it had. */
            sku: string;
            /**
             * Format: int64
             * @description The version of the product after the change.
             */
            version: number;
        };
        /** @description A product was deleted. Its stock stays for audit and takes no more reservations. */
        ProductDeletedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "product";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "product.deleted";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ProductDeleted"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the product after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        ProductDetails: {
            /**
             * @description Empty or null for none.
             * @default
             */
            category: ((string & components["schemas"]["Text"]) | null) & components["schemas"]["Text"];
            /**
             * @description Text of several lines; a carriage return before a line feed is removed. null counts as absent.
             * @default
             */
            description: ((string & components["schemas"]["Lines"]) | null) & components["schemas"]["Lines"];
            name: string & components["schemas"]["VisibleText"];
            /**
             * @description A decimal number, at most 15 digits before and 18 after the point; as a string without exponent and needless leading zeros. It is stored exactly. null counts as absent.
             * @default 0
             */
            price: (number | null) | string;
            /** @description Visible characters, with spaces between them; not "." or "..". It is stored in Unicode normalization form C. No two products have SKUs at the same time that differ only in case or normal form. */
            sku: string & components["schemas"]["SKU"];
        };
        ProductPage: {
            data: components["schemas"]["Product"][];
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            /** Format: int64 */
            total: number;
        };
        /** @description The payload of product.updated. */
        ProductUpdated: {
            /** @description The category; may be empty. */
            category: string;
            /** @description A longer description; may be empty. */
            description: string;
            /**
             * Format: uuid
             * @description The product.
             */
            id: string;
            /** @description The name for people. */
            name: string;
            /** @description The price of one unit, an exact decimal number without a currency. */
            price: number;
            /** @description The stock keeping unit, unique among products that are not deleted. */
            sku: string;
            /**
             * Format: int64
             * @description The version of the product after the change.
             */
            version: number;
        };
        /** @description A product was changed. The payload is the whole product as it is now. */
        ProductUpdatedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "product";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "product.updated";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ProductUpdated"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the product after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "done": true,
         *       "event_types": [
         *         "stock.low"
         *       ],
         *       "from": "2025-10-28T15:00:00.000Z",
         *       "queued": 3,
         *       "to": "2025-10-28T16:00:00.000Z",
         *       "webhook_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01"
         *     }
         */
        Replay: {
            /** @description Whether these are all; otherwise the rest is queued as the webhook takes them. */
            done: boolean;
            event_types: string[];
            /** Format: date-time */
            from: string;
            /**
             * Format: int64
             * @description Deliveries that were queued before the response.
             */
            queued: number;
            /** Format: date-time */
            to: string;
            webhook_id: string;
        };
        ReplayRequest: {
            event_types?: components["schemas"]["WebhookEventTypes"];
            /**
             * Format: date-time
             * @description The first time of recording.
             */
            from: string;
            /**
             * Format: date-time
             * @description The time of recording before which the range ends; absent, null or in the future for now.
             */
            to?: string | null;
        };
        ReplayedDeadLetter: {
            event_id: string;
            group: string;
            id: string;
        };
        /**
         * @example {
         *       "actor": "Store Madrid",
         *       "created_at": "2025-10-28T15:04:05.123Z",
         *       "customer_id": "customer-1",
         *       "expires_at": "2025-10-28T15:14:05.123Z",
         *       "id": "0199f3a4-1d52-7b0a-8c3f-64a1d7e9b2c5",
         *       "lines": [
         *         {
         *           "confirmed": 0,
         *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *           "quantity": 2,
         *           "released": 0,
         *           "requested": 2,
         *           "returned": 0,
         *           "store_id": "MAD-001"
         *         }
         *       ],
         *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *       "quantity": 2,
         *       "reference": "order-1001",
         *       "status": "pending",
         *       "store_id": "MAD-001",
         *       "updated_at": "2025-10-28T15:04:05.123Z",
         *       "updated_by": "Store Madrid",
         *       "version": 1
         *     }
         */
        Reservation: {
            /** @description The creator of the reservation: the name of the API key, or reservation when the service repaired an interrupted create. Absent in reservations of releases before actors. */
            actor?: string;
            /** Format: date-time */
            created_at: string;
            customer_id: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            lines: components["schemas"]["ReservationLine"][];
            /** @description That of the line. Absent unless there is exactly one, like store_id and quantity. */
            product_id?: string;
            /** Format: int64 */
            quantity?: number;
            /** @description The caller's own name of the reservation, such as an order number. Absent when there is none. */
            reference?: string;
            status: components["schemas"]["ReservationStatus"];
            store_id?: components["schemas"]["StoreID"];
            /** Format: date-time */
            updated_at: string;
            /** @description The author of the last change: the name of the API key, or reservation when it expired or its create was interrupted. Absent like actor. */
            updated_by?: string;
            /**
             * Format: int64
             * @description It grows by one with each change. The ETag has it too.
             */
            version: number;
        };
        ReservationCancel: {
            lines?: components["schemas"]["ReservationPart"];
            /**
             * @description The reason in the event. The reasons that the system itself gives are refused. null counts as absent.
             * @default manual_cancellation
             */
            reason: ((string & components["schemas"]["Lines"]) | null) & components["schemas"]["Lines"];
        } | null;
        /** @description The payload of reservation.cancelled. */
        ReservationCancelled: {
            /** @description True when the outcome of the create in stock was unknown: no caller was given this reservation, and it has no reservation.created. Absent otherwise. */
            aborted?: boolean;
            /** @description The customer, as the caller named them. Absent in events of releases before lines. */
            customer_id?: string;
            /** @description All lines of the reservation with their totals so far. Absent in events of releases before lines. */
            lines?: {
                /**
                 * Format: int64
                 * @description Units that are sold.
                 */
                confirmed: number;
                /** @description The product. Empty when the create was aborted and named it by its SKU only. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were granted.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that were given back before they were sold.
                 */
                released: number;
                /**
                 * Format: int64
                 * @description Units that the caller asked for; 0 in a line that only takes the returned units of another store.
                 */
                requested: number;
                /**
                 * Format: int64
                 * @description Units that the customer brought back and that were added to the quantity of this line's stock row.
                 */
                restocked: number;
                /**
                 * Format: int64
                 * @description Sold units that the customer brought back.
                 */
                returned: number;
                /** @description The store. When the create was aborted, the first one of the line's ranking. */
                store_id: string;
            }[];
            /** @description The product, when the reservation has one line. */
            product_id?: string;
            /**
             * Format: int64
             * @description Units that were granted, when the reservation has one line.
             */
            quantity?: number;
            /** @description The reason: manual_cancellation, the caller's own text, or aborted. */
            reason: string;
            /** @description The caller's own name of the reservation, such as an order number. Absent when there is none. */
            reference?: string;
            /**
             * Format: uuid
             * @description The reservation.
             */
            reservation_id: string;
            /**
             * @description The status of the reservation. Absent in events of releases before lines.
             * @enum {string}
             */
            status?: "pending" | "confirmed" | "cancelled" | "expired";
            /** @description The store, when the reservation has one line. */
            store_id?: string;
        };
        /** @description A reservation was cancelled by a caller, or its create was aborted because its outcome in stock was unknown. Its status is confirmed when units of it were sold before. */
        ReservationCancelledEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the reservation. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "reservation";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "reservation.cancelled";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ReservationCancelled"];
            /** @description The store, when the event concerns one. */
            store_id?: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the reservation after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "lines": [
         *         {
         *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *           "quantity": 1,
         *           "store_id": "MAD-001"
         *         }
         *       ],
         *       "remainder": "keep"
         *     }
         */
        ReservationConfirm: {
            lines?: components["schemas"]["ReservationPart"];
            /**
             * @description Whether the units that are held and not confirmed are given back or stay held. Only with lines.
             * @default release
             * @enum {string}
             */
            remainder: "release" | "keep";
        } | null;
        /** @description The payload of reservation.confirmed. */
        ReservationConfirmed: {
            /**
             * Format: date-time
             * @description The time of the confirmation.
             */
            confirmed_at: string;
            /** @description The customer, as the caller named them. Absent in events of releases before lines. */
            customer_id?: string;
            /** @description All lines of the reservation with their totals so far. Absent in events of releases before lines. */
            lines?: {
                /**
                 * Format: int64
                 * @description Units that are sold.
                 */
                confirmed: number;
                /** @description The product. Empty when the create was aborted and named it by its SKU only. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were granted.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that were given back before they were sold.
                 */
                released: number;
                /**
                 * Format: int64
                 * @description Units that the caller asked for; 0 in a line that only takes the returned units of another store.
                 */
                requested: number;
                /**
                 * Format: int64
                 * @description Units that the customer brought back and that were added to the quantity of this line's stock row.
                 */
                restocked: number;
                /**
                 * Format: int64
                 * @description Sold units that the customer brought back.
                 */
                returned: number;
                /** @description The store. When the create was aborted, the first one of the line's ranking. */
                store_id: string;
            }[];
            /** @description The product, when the reservation has one line. */
            product_id?: string;
            /**
             * Format: int64
             * @description Units that were granted, when the reservation has one line.
             */
            quantity?: number;
            /** @description The caller's own name of the reservation, such as an order number. Absent when there is none. */
            reference?: string;
            /**
             * Format: uuid
             * @description The reservation.
             */
            reservation_id: string;
            /**
             * @description The status of the reservation. Absent in events of releases before lines.
             * @enum {string}
             */
            status?: "pending" | "confirmed" | "cancelled" | "expired";
            /** @description The store, when the reservation has one line. */
            store_id?: string;
        };
        /** @description A reservation was confirmed: the units that were held until then are sold, or the lines say how many. */
        ReservationConfirmedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the reservation. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "reservation";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "reservation.confirmed";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ReservationConfirmed"];
            /** @description The store, when the event concerns one. */
            store_id?: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the reservation after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** Format: int64 */
        ReservationCount: number;
        /** @description Units of one stock row, or lines, which are granted together and in one transaction. */
        ReservationCreate: {
            customer_id: string & components["schemas"]["VisibleText"];
            /**
             * @description Instead of product_id, store_id and quantity. null counts as absent.
             * @example [
             *       {
             *         "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
             *         "quantity": 2,
             *         "store_id": "MAD-001"
             *       },
             *       {
             *         "quantity": 3,
             *         "sku": "TEA-SEN-100",
             *         "stores": [
             *           "MAD-001",
             *           "BCN-001"
             *         ]
             *       }
             *     ]
             */
            lines?: components["schemas"]["ReservationCreateLine"][] | null;
            /**
             * @description Only with lines. reject grants all units of all lines, or nothing. partial grants the available units of each line, and is refused only when no unit of any line is available. null counts as absent.
             * @default reject
             * @enum {string|null}
             */
            on_shortage: "reject" | "partial" | null;
            product_id?: string & components["schemas"]["Word"];
            quantity?: components["schemas"]["ReservationCreateUnits"];
            /** @description The caller's own name of the reservation, such as an order number. It need not be unique. null counts as absent. */
            reference?: components["schemas"]["ReservationReference"] | null;
            /**
             * @description Only with lines: how the stores of the lines with stores are chosen, of the units that the lines with store_id leave. ranked takes the available units of the first store, then of the next. single_store takes the first store that can serve all these lines alone, and with partial, when there is none, the one that has the most units; the rankings of all lines are equal. fewest_stores takes as few stores as possible, the first ones in the order of their first appearance when there are several ways: of up to 12 stores it tries every combination, of up to 100 it takes the store that adds the most units until all units are there. null counts as absent.
             * @default ranked
             * @enum {string|null}
             */
            sourcing: "ranked" | "single_store" | "fewest_stores" | null;
            store_id?: components["schemas"]["StoreID"];
            /**
             * Format: int64
             * @description The time until the reservation expires, within RESERVATION_MAX_LIFE, 31 days by default. null counts as absent.
             * @default 10
             */
            ttl_minutes: number | null;
            /**
             * Format: int64
             * @description The same in seconds, instead of ttl_minutes.
             */
            ttl_seconds?: number | null;
        } & (({
            lines?: null;
            on_shortage?: null;
            sourcing?: null;
        } & {
            [key: string]: unknown;
        }) | ({
            lines: unknown[];
        } & {
            [key: string]: unknown;
        }));
        /** @description Units of a product, by its id or its SKU, in one store or in those of a ranking. Lines for the same row are added up. A reservation is served by 500 rows at most; units of further rows count as not available. */
        ReservationCreateLine: {
            product_id?: ((string & components["schemas"]["Word"]) | null) & components["schemas"]["Word"];
            quantity: components["schemas"]["ReservationCreateUnits"];
            sku?: ((string & components["schemas"]["VisibleText"]) | null) & components["schemas"]["VisibleText"];
            store_id?: components["schemas"]["StoreID"] | null;
            /** @description The stores that may serve the line, the first one first. */
            stores?: components["schemas"]["StoreID"][] | null;
        } & ((({
            product_id: string;
            sku?: null;
        } & {
            [key: string]: unknown;
        }) | ({
            product_id?: null;
            sku: string;
        } & {
            [key: string]: unknown;
        })) & (({
            store_id: string;
            stores?: null;
        } & {
            [key: string]: unknown;
        }) | ({
            store_id?: null;
            stores: unknown[];
        } & {
            [key: string]: unknown;
        })));
        /** Format: int64 */
        ReservationCreateUnits: number;
        /** @description The payload of reservation.created. */
        ReservationCreated: {
            /** @description The customer, as the caller named them. */
            customer_id: string;
            /**
             * Format: date-time
             * @description The time at which the reservation expires unless it is confirmed or cancelled before.
             */
            expires_at: string;
            /** @description All lines of the reservation with their totals so far. Absent in events of releases before lines. */
            lines?: {
                /**
                 * Format: int64
                 * @description Units that are sold.
                 */
                confirmed: number;
                /** @description The product. Empty when the create was aborted and named it by its SKU only. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were granted.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that were given back before they were sold.
                 */
                released: number;
                /**
                 * Format: int64
                 * @description Units that the caller asked for; 0 in a line that only takes the returned units of another store.
                 */
                requested: number;
                /**
                 * Format: int64
                 * @description Units that the customer brought back and that were added to the quantity of this line's stock row.
                 */
                restocked: number;
                /**
                 * Format: int64
                 * @description Sold units that the customer brought back.
                 */
                returned: number;
                /** @description The store. When the create was aborted, the first one of the line's ranking. */
                store_id: string;
            }[];
            /** @description The product, when the reservation has one line. */
            product_id?: string;
            /**
             * Format: int64
             * @description Units that were granted, when the reservation has one line.
             */
            quantity?: number;
            /** @description The caller's own name of the reservation, such as an order number. Absent when there is none. */
            reference?: string;
            /**
             * Format: uuid
             * @description The reservation.
             */
            reservation_id: string;
            /**
             * @description The status of the reservation. Absent in events of releases before lines.
             * @enum {string}
             */
            status?: "pending" | "confirmed" | "cancelled" | "expired";
            /** @description The store, when the reservation has one line. */
            store_id?: string;
        };
        /** @description A reservation was created: it is pending until it is confirmed, cancelled or expires. */
        ReservationCreatedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the reservation. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "reservation";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "reservation.created";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ReservationCreated"];
            /** @description The store, when the event concerns one. */
            store_id?: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the reservation after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** @description An event of reservation. */
        ReservationEvent: components["schemas"]["ReservationCreatedEvent"] | components["schemas"]["ReservationConfirmedEvent"] | components["schemas"]["ReservationCancelledEvent"] | components["schemas"]["ReservationExpiredEvent"] | components["schemas"]["ReservationExtendedEvent"] | components["schemas"]["ReservationUpdatedEvent"] | components["schemas"]["ReservationReturnedEvent"];
        ReservationEventPage: {
            count: components["schemas"]["EventCount"];
            events: components["schemas"]["ReservationEventRow"][];
            next_cursor: components["schemas"]["EventCursor"];
        };
        /** @description An event as the broker gets it, with its place in the table and the time at which the broker had acknowledged it. */
        ReservationEventRow: {
            event_type: "ReservationEventRow";
        } & (Omit<components["schemas"]["ReservationEvent"], "event_type"> & components["schemas"]["EventPlace"]);
        /** @description The payload of reservation.expired. */
        ReservationExpired: {
            /** @description The customer, as the caller named them. Absent in events of releases before lines. */
            customer_id?: string;
            /**
             * Format: date-time
             * @description The time of the expiry.
             */
            expired_at: string;
            /** @description All lines of the reservation with their totals so far. Absent in events of releases before lines. */
            lines?: {
                /**
                 * Format: int64
                 * @description Units that are sold.
                 */
                confirmed: number;
                /** @description The product. Empty when the create was aborted and named it by its SKU only. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were granted.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that were given back before they were sold.
                 */
                released: number;
                /**
                 * Format: int64
                 * @description Units that the caller asked for; 0 in a line that only takes the returned units of another store.
                 */
                requested: number;
                /**
                 * Format: int64
                 * @description Units that the customer brought back and that were added to the quantity of this line's stock row.
                 */
                restocked: number;
                /**
                 * Format: int64
                 * @description Sold units that the customer brought back.
                 */
                returned: number;
                /** @description The store. When the create was aborted, the first one of the line's ranking. */
                store_id: string;
            }[];
            /** @description The product, when the reservation has one line. */
            product_id?: string;
            /**
             * Format: int64
             * @description Units that were granted, when the reservation has one line.
             */
            quantity?: number;
            /** @description The caller's own name of the reservation, such as an order number. Absent when there is none. */
            reference?: string;
            /**
             * Format: uuid
             * @description The reservation.
             */
            reservation_id: string;
            /**
             * @description The status of the reservation. Absent in events of releases before lines.
             * @enum {string}
             */
            status?: "pending" | "confirmed" | "cancelled" | "expired";
            /** @description The store, when the reservation has one line. */
            store_id?: string;
        };
        /** @description A pending reservation reached the end of its time to live. Its status is confirmed when units of it were sold before. */
        ReservationExpiredEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the reservation. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "reservation";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "reservation.expired";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ReservationExpired"];
            /** @description The store, when the event concerns one. */
            store_id?: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the reservation after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        ReservationExtend: {
            /**
             * Format: int64
             * @description The time from now until the reservation expires.
             */
            ttl_minutes?: number;
            /**
             * Format: int64
             * @description The same in seconds, instead of ttl_minutes.
             */
            ttl_seconds?: number;
        } & (unknown | unknown);
        /** @description The payload of reservation.extended. */
        ReservationExtended: {
            /** @description The customer, as the caller named them. */
            customer_id: string;
            /**
             * Format: date-time
             * @description The time at which the reservation expires from now on.
             */
            expires_at: string;
            /** @description All lines of the reservation with their totals so far. Absent in events of releases before lines. */
            lines?: {
                /**
                 * Format: int64
                 * @description Units that are sold.
                 */
                confirmed: number;
                /** @description The product. Empty when the create was aborted and named it by its SKU only. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were granted.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that were given back before they were sold.
                 */
                released: number;
                /**
                 * Format: int64
                 * @description Units that the caller asked for; 0 in a line that only takes the returned units of another store.
                 */
                requested: number;
                /**
                 * Format: int64
                 * @description Units that the customer brought back and that were added to the quantity of this line's stock row.
                 */
                restocked: number;
                /**
                 * Format: int64
                 * @description Sold units that the customer brought back.
                 */
                returned: number;
                /** @description The store. When the create was aborted, the first one of the line's ranking. */
                store_id: string;
            }[];
            /**
             * Format: date-time
             * @description The time at which it would have expired.
             */
            previous_expires_at: string;
            /** @description The product, when the reservation has one line. */
            product_id?: string;
            /**
             * Format: int64
             * @description Units that were granted, when the reservation has one line.
             */
            quantity?: number;
            /** @description The caller's own name of the reservation, such as an order number. Absent when there is none. */
            reference?: string;
            /**
             * Format: uuid
             * @description The reservation.
             */
            reservation_id: string;
            /**
             * @description The status of the reservation. Absent in events of releases before lines.
             * @enum {string}
             */
            status?: "pending" | "confirmed" | "cancelled" | "expired";
            /** @description The store, when the reservation has one line. */
            store_id?: string;
        };
        /** @description A pending reservation was extended: it expires later. */
        ReservationExtendedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the reservation. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "reservation";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "reservation.extended";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ReservationExtended"];
            /** @description The store, when the event concerns one. */
            store_id?: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the reservation after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** @description A stock row with the units of the reservation. The units that are held are always quantity − confirmed − released. */
        ReservationLine: {
            /** @description Units that are sold. */
            confirmed: components["schemas"]["ReservationUnits"];
            product_id: string;
            /** @description Units that were granted. */
            quantity: components["schemas"]["ReservationUnits"];
            /** @description Units that were given back before they were sold. */
            released: components["schemas"]["ReservationUnits"];
            /** @description Units that the caller asked for. */
            requested: components["schemas"]["ReservationUnits"];
            /** @description Sold units that the customer brought back. */
            returned: components["schemas"]["ReservationUnits"];
            store_id: components["schemas"]["StoreID"];
        };
        /** @description The units that the request concerns. A row that the reservation does not have is refused with 400, more units than are left with 409 INVALID_STATE and the numbers. */
        ReservationPart: components["schemas"]["ReservationUnitsOfLine"][];
        ReservationPendingPage: {
            /** @description Reservations in this response. */
            count: number;
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            reservations: components["schemas"]["Reservation"][];
            store_id: components["schemas"]["StoreID"];
            /**
             * Format: int64
             * @description All pending reservations of the store.
             */
            total: number;
        };
        ReservationReference: string & components["schemas"]["VisibleText"];
        ReservationReturn: {
            lines: components["schemas"]["ReservationPart"];
            /** @description The reason in the event. The reasons that the system itself gives are refused. null counts as absent. */
            reason?: ((string & components["schemas"]["Lines"]) | null) & components["schemas"]["Lines"];
            /**
             * @description Whether the units are added to the quantity of a store. null counts as absent.
             * @default true
             */
            restock: boolean | null;
            /** @description The store whose quantity takes the units. Only with restock. null counts as absent. */
            to_store_id?: components["schemas"]["StoreID"] | null;
        };
        /** @description The payload of reservation.returned. */
        ReservationReturned: {
            /** @description The customer, as the caller named them. */
            customer_id: string;
            /** @description All lines of the reservation with their totals so far. Absent in events of releases before lines. */
            lines?: {
                /**
                 * Format: int64
                 * @description Units that are sold.
                 */
                confirmed: number;
                /** @description The product. Empty when the create was aborted and named it by its SKU only. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were granted.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that were given back before they were sold.
                 */
                released: number;
                /**
                 * Format: int64
                 * @description Units that the caller asked for; 0 in a line that only takes the returned units of another store.
                 */
                requested: number;
                /**
                 * Format: int64
                 * @description Units that the customer brought back and that were added to the quantity of this line's stock row.
                 */
                restocked: number;
                /**
                 * Format: int64
                 * @description Sold units that the customer brought back.
                 */
                returned: number;
                /** @description The store. When the create was aborted, the first one of the line's ranking. */
                store_id: string;
            }[];
            /** @description The product, when the reservation has one line. */
            product_id?: string;
            /**
             * Format: int64
             * @description Units that were granted, when the reservation has one line.
             */
            quantity?: number;
            /** @description The caller's own text. Absent when there is none. */
            reason?: string;
            /** @description The caller's own name of the reservation, such as an order number. Absent when there is none. */
            reference?: string;
            /**
             * Format: uuid
             * @description The reservation.
             */
            reservation_id: string;
            /** @description Whether the units were added to the quantity of a stock row. */
            restock: boolean;
            /**
             * @description The status of the reservation. Absent in events of releases before lines.
             * @enum {string}
             */
            status?: "pending" | "confirmed" | "cancelled" | "expired";
            /** @description The store, when the reservation has one line. */
            store_id?: string;
            /** @description The store whose rows took the units. Absent when those of the units did, or none. */
            to_store_id?: string;
            /** @description The sold units that came back with this return. The lines have the totals after it. */
            units: {
                /** @description The product. */
                product_id: string;
                /**
                 * Format: int64
                 * @description The units.
                 */
                quantity: number;
                /** @description The store. */
                store_id: string;
            }[];
        };
        /** @description The customer brought sold units back. The status of the reservation stays. */
        ReservationReturnedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the reservation. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "reservation";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "reservation.returned";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ReservationReturned"];
            /** @description The store, when the event concerns one. */
            store_id?: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the reservation after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        ReservationRowPage: {
            /** @description Reservations in this response. */
            count: number;
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            product_id: string;
            reservations: components["schemas"]["Reservation"][];
            /**
             * @description The requested status; null for any.
             * @enum {unknown}
             */
            status: "pending" | "confirmed" | "cancelled" | "expired" | null;
            store_id: components["schemas"]["StoreID"];
            /**
             * Format: int64
             * @description All reservations that match.
             */
            total: number;
        };
        ReservationSearchPage: {
            data: components["schemas"]["Reservation"][];
            next_cursor?: components["schemas"]["NextCursor"];
        };
        ReservationStats: {
            by_status: {
                cancelled: components["schemas"]["ReservationCount"];
                confirmed: components["schemas"]["ReservationCount"];
                expired: components["schemas"]["ReservationCount"];
                pending: components["schemas"]["ReservationCount"];
            };
            cancelled_reservations: components["schemas"]["ReservationCount"];
            confirmed_reservations: components["schemas"]["ReservationCount"];
            expired_reservations: components["schemas"]["ReservationCount"];
            pending_reservations: components["schemas"]["ReservationCount"];
            total_reservations: components["schemas"]["ReservationCount"];
        };
        /** @enum {unknown} */
        ReservationStatus: "pending" | "confirmed" | "cancelled" | "expired";
        /** Format: int64 */
        ReservationUnits: number;
        /** @description Units of one line of the reservation. */
        ReservationUnitsOfLine: {
            product_id: string & components["schemas"]["Word"];
            /** Format: int64 */
            quantity: number;
            store_id: components["schemas"]["StoreID"];
        };
        /** @description The payload of reservation.updated. */
        ReservationUpdated: {
            /**
             * @description Whether the units were sold or given back.
             * @enum {string}
             */
            change: "confirmed" | "cancelled";
            /** @description The customer, as the caller named them. */
            customer_id: string;
            /** @description All lines of the reservation with their totals so far. Absent in events of releases before lines. */
            lines?: {
                /**
                 * Format: int64
                 * @description Units that are sold.
                 */
                confirmed: number;
                /** @description The product. Empty when the create was aborted and named it by its SKU only. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were granted.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that were given back before they were sold.
                 */
                released: number;
                /**
                 * Format: int64
                 * @description Units that the caller asked for; 0 in a line that only takes the returned units of another store.
                 */
                requested: number;
                /**
                 * Format: int64
                 * @description Units that the customer brought back and that were added to the quantity of this line's stock row.
                 */
                restocked: number;
                /**
                 * Format: int64
                 * @description Sold units that the customer brought back.
                 */
                returned: number;
                /** @description The store. When the create was aborted, the first one of the line's ranking. */
                store_id: string;
            }[];
            /** @description The product, when the reservation has one line. */
            product_id?: string;
            /**
             * Format: int64
             * @description Units that were granted, when the reservation has one line.
             */
            quantity?: number;
            /** @description The reason of units that were given back: manual_cancellation, or the caller's own text. */
            reason?: string;
            /** @description The caller's own name of the reservation, such as an order number. Absent when there is none. */
            reference?: string;
            /**
             * Format: uuid
             * @description The reservation.
             */
            reservation_id: string;
            /**
             * @description The status of the reservation. Absent in events of releases before lines.
             * @enum {string}
             */
            status?: "pending" | "confirmed" | "cancelled" | "expired";
            /** @description The store, when the reservation has one line. */
            store_id?: string;
            /** @description The units of this change. The lines have the totals after it. */
            units: {
                /** @description The product. */
                product_id: string;
                /**
                 * Format: int64
                 * @description The units.
                 */
                quantity: number;
                /** @description The store. */
                store_id: string;
            }[];
        };
        /** @description Some units of a pending reservation were sold or given back, and others stay held. */
        ReservationUpdatedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the reservation. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "reservation";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "reservation.updated";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["ReservationUpdated"];
            /** @description The store, when the event concerns one. */
            store_id?: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the reservation after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** @description Visible characters with spaces between them; not "." or "..". */
        SKU: unknown;
        StockAdjustment: {
            /**
             * Format: int64
             * @description Units to add, or to remove when it is negative.
             */
            adjustment: number;
            reason?: components["schemas"]["StockReason"];
        };
        StockAvailability: {
            available: components["schemas"]["StockQuantity"];
            /**
             * @description The product was deleted, so no quantity is sufficient. Absent otherwise.
             * @constant
             */
            product_deleted?: true;
            product_id: string;
            requested: components["schemas"]["StockQuantity"];
            store_id: components["schemas"]["StoreID"];
            /** @description Whether a reservation of this quantity would be granted now. */
            sufficient: boolean;
        };
        StockCreate: {
            initial_quantity: components["schemas"]["StockQuantity"];
            /** @description 0 for no maximum; otherwise at least min_stock. */
            max_stock?: components["schemas"]["StockThreshold"];
            min_stock?: components["schemas"]["StockThreshold"];
            product_id: string & components["schemas"]["Word"];
            reorder_point?: components["schemas"]["StockThreshold"];
            reorder_qty?: components["schemas"]["StockThreshold"];
            store_id: components["schemas"]["StoreID"];
        };
        /** @description The payload of stock.created. */
        StockCreated: {
            /** @description The product. */
            product_id: string;
            /**
             * Format: int64
             * @description Units in the new row.
             */
            quantity: number;
            /**
             * @description The reason for the quantity.
             * @enum {string}
             */
            reason: "initial_stock";
            /** @description The store of the new row. */
            store_id: string;
        };
        /** @description A stock row was created, by a request or an import. A row that a transfer creates has no stock.created: its stock.transferred has to_version 1. */
        StockCreatedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "stock";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "stock.created";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StockCreated"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the stock row, which is the product in the store, after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** @description The payload of stock.deleted. */
        StockDeleted: {
            /** @description The product. */
            product_id: string;
            /** @description The store. */
            store_id: string;
        };
        /** @description A row without units was deleted. Its versions go on if the product gets a row in that store again. */
        StockDeletedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "stock";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "stock.deleted";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StockDeleted"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the stock row, which is the product in the store, after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** @description An event of stock. */
        StockEvent: components["schemas"]["StockCreatedEvent"] | components["schemas"]["StockUpdatedEvent"] | components["schemas"]["StockTransferredEvent"] | components["schemas"]["StockReservedEvent"] | components["schemas"]["StockReleasedEvent"] | components["schemas"]["StockLowEvent"] | components["schemas"]["StockStateChangedEvent"] | components["schemas"]["StockDeletedEvent"] | components["schemas"]["TransferRequestedEvent"] | components["schemas"]["TransferShippedEvent"] | components["schemas"]["TransferReceivedEvent"] | components["schemas"]["TransferCancelledEvent"];
        StockEventPage: {
            count: components["schemas"]["EventCount"];
            events: components["schemas"]["StockEventRow"][];
            next_cursor: components["schemas"]["EventCursor"];
        };
        /** @description An event as the broker gets it, with its place in the table and the time at which the broker had acknowledged it. */
        StockEventRow: {
            event_type: "StockEventRow";
        } & (Omit<components["schemas"]["StockEvent"], "event_type"> & components["schemas"]["EventPlace"]);
        StockLedgerPage: {
            data: components["schemas"]["StockMovementOfRow"][];
            next_cursor?: components["schemas"]["NextCursor"];
        };
        /** @description The payload of stock.low. */
        StockLow: {
            /**
             * Format: int64
             * @description Units that can be reserved: quantity minus reserved and all that are unavailable.
             */
            available: number;
            /** @description The product. */
            product_id: string;
            /**
             * Format: int64
             * @description The reorder point of the row.
             */
            reorder_point: number;
            /**
             * Format: int64
             * @description Units to order; 0 when the row has no such number.
             */
            reorder_qty: number;
            /** @description The store. */
            store_id: string;
        };
        /** @description The available units of a row are at or below its reorder point. A row is reported once, from its first version on, until it has recovered. It comes after the event of the change that made the row low, and has the same version. */
        StockLowEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "stock";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "stock.low";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StockLow"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the stock row, which is the product in the store, after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        StockLowPage: {
            /** @description Rows in this response. */
            count: number;
            items: components["schemas"]["StockRow"][];
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            /** @description null: each row's own reorder point. */
            threshold: components["schemas"]["StockThreshold"];
            /**
             * Format: int64
             * @description All rows that match.
             */
            total: number;
        };
        StockMovement: {
            actor?: components["schemas"]["Actor"];
            /**
             * Format: int64
             * @description Units that were added, or removed when it is negative.
             */
            change: number;
            /** @description The count that booked the units. */
            count_id?: string;
            /**
             * Format: date-time
             * @description Never earlier than the time of the previous movement.
             */
            created_at: string;
            /** @description Only of state_changed, as to_state and units. */
            from_state?: components["schemas"]["StockState"];
            kind: components["schemas"]["StockMovementKind"];
            /** @description The quantity after the change. */
            quantity: components["schemas"]["StockQuantity"];
            reason: string;
            /** @description The order or delivery, as the caller named it. */
            reference?: string;
            /** @description The reservation of a sale or a return. */
            reservation_id?: string;
            to_state?: components["schemas"]["StockState"];
            transfer_id?: string;
            /** @description The units in each state after the change. Absent when all units are available. */
            unavailable?: components["schemas"]["StockUnavailable"];
            /** @description Units that changed their state. They change no quantity. */
            units?: components["schemas"]["StockQuantity"];
            /**
             * Format: int64
             * @description The version of the row after the change.
             */
            version: number;
        };
        /** @enum {string} */
        StockMovementKind: "created" | "adjusted" | "transferred_in" | "transferred_out" | "sold" | "returned" | "received" | "counted" | "state_changed" | "deleted";
        StockMovementOfRow: {
            actor?: components["schemas"]["Actor"];
            /**
             * Format: int64
             * @description Units that were added, or removed when it is negative.
             */
            change: number;
            /** @description The count that booked the units. */
            count_id?: string;
            /**
             * Format: date-time
             * @description Never earlier than the time of the previous movement.
             */
            created_at: string;
            /** @description Only of state_changed, as to_state and units. */
            from_state?: components["schemas"]["StockState"];
            kind: components["schemas"]["StockMovementKind"];
            product_id: string;
            /** @description The quantity after the change. */
            quantity: components["schemas"]["StockQuantity"];
            reason: string;
            /** @description The order or delivery, as the caller named it. */
            reference?: string;
            /** @description The reservation of a sale or a return. */
            reservation_id?: string;
            store_id: components["schemas"]["StoreID"];
            to_state?: components["schemas"]["StockState"];
            transfer_id?: string;
            /** @description The units in each state after the change. Absent when all units are available. */
            unavailable?: components["schemas"]["StockUnavailable"];
            /** @description Units that changed their state. They change no quantity. */
            units?: components["schemas"]["StockQuantity"];
            /**
             * Format: int64
             * @description The version of the row after the change.
             */
            version: number;
        };
        StockMovementPage: {
            /** @description Movements in this response. */
            count: number;
            limit: number;
            movements: components["schemas"]["StockMovement"][];
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            product_id: string;
            store_id: components["schemas"]["StoreID"];
            /**
             * Format: int64
             * @description All movements of the row, or with actor only those of that actor.
             */
            total: number;
        };
        StockOfProduct: {
            product_id: string;
            stores: components["schemas"]["StockRow"][];
            /** Format: int64 */
            total_available: number;
            /** Format: int64 */
            total_quantity: number;
            /** Format: int64 */
            total_reserved: number;
        };
        StockOfProductAsOf: {
            /** Format: date-time */
            as_of: string;
            product_id: string;
            stores: components["schemas"]["StockRowAsOf"][];
            /** Format: int64 */
            total_quantity: number;
            /** Format: int64 */
            total_unavailable: number;
        };
        StockPage: {
            data: components["schemas"]["StockRow"][];
            next_cursor?: components["schemas"]["NextCursor"];
            totals?: components["schemas"]["StockSearchTotals"];
        };
        /** Format: int64 */
        StockQuantity: number;
        StockQuantityAsOf: {
            /**
             * Format: date-time
             * @description The requested time, in UTC, cut to milliseconds.
             */
            as_of: string;
            product_id: string;
            quantity: components["schemas"]["StockQuantity"];
            store_id: components["schemas"]["StoreID"];
        };
        /** @description The reason in the event and the ledger. The reasons that the system itself gives are refused. null counts as absent. */
        StockReason: ((string & components["schemas"]["Lines"]) | null) & components["schemas"]["Lines"];
        /** @description The payload of stock.released. */
        StockReleased: {
            /** @description The product. */
            product_id: string;
            /**
             * Format: int64
             * @description Units that are available again.
             */
            quantity: number;
            /**
             * @description How the reservation ended: it was cancelled, it expired, or its create was aborted.
             * @enum {string}
             */
            reason: "cancelled" | "expired" | "aborted";
            /** @description The reservation that the units were held for. */
            reservation_id: string;
            /** @description The store. */
            store_id: string;
        };
        /** @description A hold ended without a sale: its units are available again. */
        StockReleasedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "stock";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "stock.released";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StockReleased"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the stock row, which is the product in the store, after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** @description The payload of stock.reserved. */
        StockReserved: {
            /** @description The customer, as the caller named them. */
            customer_id: string;
            /**
             * Format: date-time
             * @description The time at which the reservation expires unless it is confirmed or cancelled before.
             */
            expires_at: string;
            /** @description The product. */
            product_id: string;
            /**
             * Format: int64
             * @description Units that are held.
             */
            quantity: number;
            /** @description The reservation that the units are held for. */
            reservation_id: string;
            /** @description The store. */
            store_id: string;
        };
        /** @description Units are held for a reservation: they still count in quantity and are no longer available. */
        StockReservedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "stock";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "stock.reserved";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StockReserved"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the stock row, which is the product in the store, after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "available": 135,
         *       "incoming": 24,
         *       "max_stock": 0,
         *       "min_stock": 0,
         *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *       "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
         *       "product_sku": "CAF-ETH-250",
         *       "quantity": 140,
         *       "reorder_point": 10,
         *       "reorder_qty": 50,
         *       "reserved": 2,
         *       "store_id": "MAD-001",
         *       "unavailable": {
         *         "damaged": 3
         *       },
         *       "updated_at": "2025-10-28T15:04:05.123Z",
         *       "version": 3
         *     }
         */
        StockRow: {
            /** @description Units that can be reserved: quantity less reserved and all units of unavailable. */
            available: components["schemas"]["StockQuantity"];
            /**
             * Format: int64
             * @description Units on the way to the store. They are not in quantity.
             */
            incoming: number;
            /** @description 0 for no maximum. */
            max_stock: components["schemas"]["StockQuantity"];
            min_stock: components["schemas"]["StockQuantity"];
            /**
             * @description The store exists from this row on; only in the response to the request that created the row. Absent otherwise.
             * @constant
             */
            new_store?: true;
            /**
             * @description The product was deleted, so the row takes no more reservations; its units can still be counted, adjusted and moved to stores that have a row. Absent otherwise.
             * @constant
             */
            product_deleted?: true;
            product_id: string;
            product_name: string;
            product_sku: string;
            /** @description Units in the store, including reserved ones. */
            quantity: components["schemas"]["StockQuantity"];
            /** @description The row is low when no more units than this are available; 10 when it was never set. A low row has one event stock.low; the next one can come after the available units were above this by 10 % (rounded up), and by 1 at least. */
            reorder_point: components["schemas"]["StockQuantity"];
            reorder_qty: components["schemas"]["StockQuantity"];
            /** @description Units held by reservations. */
            reserved: components["schemas"]["StockQuantity"];
            store_id: components["schemas"]["StoreID"];
            unavailable: components["schemas"]["StockUnavailable"];
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /**
         * @example {
         *       "as_of": "2025-10-28T15:04:05.000Z",
         *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *       "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
         *       "product_sku": "CAF-ETH-250",
         *       "quantity": 140,
         *       "store_id": "MAD-001",
         *       "unavailable": {
         *         "damaged": 3
         *       },
         *       "version": 3
         *     }
         */
        StockRowAsOf: {
            /**
             * Format: date-time
             * @description The requested time, in UTC, cut to milliseconds. Only of a row by itself.
             */
            as_of?: string;
            /**
             * @description The product is deleted now. Absent otherwise.
             * @constant
             */
            product_deleted?: true;
            product_id: string;
            /** @description The name that the product has now. */
            product_name: string;
            product_sku: string;
            quantity: components["schemas"]["StockQuantity"];
            store_id: components["schemas"]["StoreID"];
            unavailable: components["schemas"]["StockUnavailable"];
            /**
             * Format: int64
             * @description The version after the last movement until then; 0 when the row did not exist.
             */
            version: number;
        };
        /**
         * @example {
         *       "available": 398,
         *       "low": 1,
         *       "out": 0,
         *       "quantity": 410,
         *       "reserved": 12,
         *       "rows": 12
         *     }
         */
        StockSearchTotals: {
            /** Format: int64 */
            available: number;
            /**
             * Format: int64
             * @description Rows at or below their reorder point.
             */
            low: number;
            /**
             * Format: int64
             * @description Rows with no unit available.
             */
            out: number;
            /** Format: int64 */
            quantity: number;
            /** Format: int64 */
            reserved: number;
            /** Format: int64 */
            rows: number;
        };
        /** @enum {string} */
        StockState: "available" | "damaged" | "quality_control" | "safety_stock" | "other";
        StockStateChange: {
            from: components["schemas"]["StockState"];
            /** Format: int64 */
            quantity: number;
            reason?: components["schemas"]["StockReason"];
            /** @description Another state than from. */
            to: components["schemas"]["StockState"];
        };
        /** @description The payload of stock.state_changed. */
        StockStateChanged: {
            /**
             * @description The state of the units before the change.
             * @enum {string}
             */
            from: "available" | "damaged" | "quality_control" | "safety_stock" | "other";
            /** @description The product. */
            product_id: string;
            /**
             * Format: int64
             * @description Units that changed their state.
             */
            quantity: number;
            /** @description The reason: state_change, or the caller's own text. */
            reason: string;
            /** @description The store. */
            store_id: string;
            /**
             * @description The state of the units after the change. Only units that are available can be reserved.
             * @enum {string}
             */
            to: "damaged" | "available" | "quality_control" | "safety_stock" | "other";
        };
        /** @description Units of a row became unavailable, such as damaged ones, or available again. The quantity of the row stays the same. */
        StockStateChangedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "stock";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "stock.state_changed";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StockStateChanged"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the stock row, which is the product in the store, after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        StockStorePage: {
            /** @description Rows in this response. */
            count: number;
            items: components["schemas"]["StockRow"][];
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            store_id: components["schemas"]["StoreID"];
            /**
             * Format: int64
             * @description All rows of the store.
             */
            total: number;
        };
        StockStorePageAsOf: {
            /** Format: date-time */
            as_of: string;
            /** @description Rows in this response. */
            count: number;
            items: components["schemas"]["StockRowAsOf"][];
            next_cursor?: components["schemas"]["NextCursor"];
            store_id: components["schemas"]["StoreID"];
        };
        /**
         * @example {
         *       "data": [
         *         {
         *           "available": 335,
         *           "low": 2,
         *           "out": 1,
         *           "quantity": 340,
         *           "reserved": 5,
         *           "rows": 12,
         *           "store_id": "BCN-001"
         *         },
         *         {
         *           "available": 398,
         *           "low": 1,
         *           "out": 0,
         *           "quantity": 410,
         *           "reserved": 12,
         *           "rows": 12,
         *           "store_id": "MAD-001"
         *         }
         *       ]
         *     }
         */
        StockSummary: {
            data: components["schemas"]["StockTotals"][];
        };
        /**
         * Format: int64
         * @description null counts as absent.
         */
        StockThreshold: number | null;
        StockThresholds: {
            /** @description 0 for no maximum; otherwise at least min_stock. */
            max_stock?: components["schemas"]["StockThreshold"];
            min_stock?: components["schemas"]["StockThreshold"];
            reorder_point?: components["schemas"]["StockThreshold"];
            reorder_qty?: components["schemas"]["StockThreshold"];
        };
        StockTotals: {
            /** Format: int64 */
            available: number;
            /**
             * Format: int64
             * @description Rows at or below their reorder point.
             */
            low: number;
            /**
             * Format: int64
             * @description Rows with no unit available.
             */
            out: number;
            /** Format: int64 */
            quantity: number;
            /** Format: int64 */
            reserved: number;
            /** Format: int64 */
            rows: number;
            store_id: components["schemas"]["StoreID"];
        };
        StockTransfer: {
            from: components["schemas"]["StockRow"];
            from_store_id: components["schemas"]["StoreID"];
            /**
             * @description The target store exists from this transfer on. Absent otherwise.
             * @constant
             */
            new_store?: true;
            product_id: string;
            quantity: components["schemas"]["StockQuantity"];
            /** @description The caller's reason, or transfer. */
            reason: string;
            to: components["schemas"]["StockRow"];
            to_store_id: components["schemas"]["StoreID"];
        };
        StockTransferRequest: {
            from_store_id: components["schemas"]["StoreID"];
            product_id: string & components["schemas"]["Word"];
            /** Format: int64 */
            quantity: number;
            reason?: components["schemas"]["StockReason"];
            /** @description Another store than from_store_id. */
            to_store_id: components["schemas"]["StoreID"];
        };
        /** @description The payload of stock.transferred. */
        StockTransferred: {
            /** @description The store that gave the units. */
            from_store: string;
            /**
             * Format: int64
             * @description The version of the giving row after the transfer.
             */
            from_version: number;
            /** @description The product. */
            product_id: string;
            /**
             * Format: int64
             * @description Units that were transferred.
             */
            quantity: number;
            /** @description The reason: transfer, or the caller's own text. */
            reason: string;
            /** @description The store that received the units. */
            to_store: string;
            /**
             * Format: int64
             * @description The version of the receiving row after the transfer.
             */
            to_version: number;
        };
        /** @description Units went from one store to another, both in one step. It concerns two rows, so the envelope has neither store_id nor version. */
        StockTransferredEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "stock";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "stock.transferred";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StockTransferred"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
        } & {
            [key: string]: unknown;
        };
        /** @description The units in each state that is not available. A state without units is absent. */
        StockUnavailable: {
            damaged?: components["schemas"]["StockQuantity"];
            other?: components["schemas"]["StockQuantity"];
            quality_control?: components["schemas"]["StockQuantity"];
            safety_stock?: components["schemas"]["StockQuantity"];
        };
        StockUpdate: {
            /** @description 0 for no maximum; otherwise at least min_stock. */
            max_stock?: components["schemas"]["StockThreshold"];
            min_stock?: components["schemas"]["StockThreshold"];
            quantity: components["schemas"]["StockQuantity"];
            reason?: components["schemas"]["StockReason"];
            reorder_point?: components["schemas"]["StockThreshold"];
            reorder_qty?: components["schemas"]["StockThreshold"];
        };
        /** @description The payload of stock.updated. */
        StockUpdated: {
            /**
             * Format: int64
             * @description new_quantity minus previous_quantity.
             */
            change: number;
            /**
             * Format: uuid
             * @description The count that was applied: change is the difference between the counted units and the quantity of the row when it was counted. Absent when there is none.
             */
            count_id?: string;
            /**
             * Format: int64
             * @description Units among those that a transfer brought which arrived damaged: they count in new_quantity and are unavailable. Absent when there are none.
             */
            damaged?: number;
            /**
             * Format: int64
             * @description Units after the change.
             */
            new_quantity: number;
            /**
             * Format: int64
             * @description Units before the change.
             */
            previous_quantity: number;
            /** @description The product. */
            product_id: string;
            /** @description The reason: restock, adjustment, sale, return, transfer, count, or the caller's own text. Only a sale has the reason sale, only a return of sold units has the reason return. */
            reason: string;
            /** @description The reservation whose units were sold or returned; only of a sale and a return. */
            reservation_id?: string;
            /** @description The store. */
            store_id: string;
            /**
             * Format: uuid
             * @description The transfer by which the units left, arrived or are on the way; change is 0 when only the units on the way to the row changed. Absent when there is none.
             */
            transfer_id?: string;
        };
        /** @description The quantity of a row was set, adjusted or imported, or units were sold. Thresholds that are changed without the quantity have change 0. */
        StockUpdatedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the product. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "stock";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "stock.updated";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StockUpdated"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the stock row, which is the product in the store, after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "active": true,
         *       "address": "Gran Vía 1, 28013 Madrid",
         *       "created_at": "2025-10-28T15:04:05.123Z",
         *       "id": "MAD-001",
         *       "name": "Madrid Centro",
         *       "timezone": "Europe/Madrid",
         *       "updated_at": "2025-10-29T08:00:00.000Z",
         *       "version": 2
         *     }
         */
        Store: {
            /** @description Whether the store is in operation. It is information for people and programs and restricts no request. */
            active: boolean;
            /** @description Empty when it is unknown. */
            address: string;
            /** Format: date-time */
            created_at: string;
            id: components["schemas"]["StoreID"];
            /** @description A store that exists because stock used it has its id as the name until it gets one. */
            name: string;
            /** @description A name of the IANA time zone database; empty when it is unknown. */
            timezone: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /** @description The payload of store.deleted. */
        StoreDeleted: {
            /** @description The store. */
            id: string;
            /**
             * Format: int64
             * @description The version of the store after the change.
             */
            version: number;
        };
        /** @description A store was deleted. Its stock stays. */
        StoreDeletedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the store. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "store";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "store.deleted";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StoreDeleted"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the store after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        StoreDetails: {
            /** @default true */
            active: boolean | null;
            /**
             * @description Text of several lines. Empty or null for none.
             * @default
             */
            address: ((string & components["schemas"]["Lines"]) | null) & components["schemas"]["Lines"];
            /** @description The id of the path, or absent; so that a store can be sent as it was read, without the fields that the service sets. */
            id?: components["schemas"]["StoreID"] | null;
            name: string & components["schemas"]["VisibleText"];
            /**
             * @description A name of the IANA time zone database, such as Europe/Madrid. Empty or null for none.
             * @default
             */
            timezone: ((string & components["schemas"]["Text"]) | null) & components["schemas"]["Text"];
        };
        /**
         * @description Letters, digits, '.', '_' and '-', beginning with a letter or digit.
         * @example MAD-001
         */
        StoreID: string;
        StorePage: {
            data: components["schemas"]["Store"][];
            next_cursor?: components["schemas"]["NextCursor"];
        };
        /** @description The payload of store.updated. */
        StoreUpdated: {
            /** @description Whether the store is in operation. */
            active: boolean;
            /** @description The address; may be empty. */
            address: string;
            /** @description The store. */
            id: string;
            /** @description The name for people. A store that exists because stock used it has its id as the name until it gets one. */
            name: string;
            /** @description The time zone of the store, a name of the IANA database; may be empty. */
            timezone: string;
            /**
             * Format: int64
             * @description The version of the store after the change.
             */
            version: number;
        };
        /** @description A store was created, changed, or used by stock for the first time. The payload is the whole store as it is now. */
        StoreUpdatedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the store. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "store";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "store.updated";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["StoreUpdated"];
            /** @description The store. */
            store_id: string;
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the store after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        System: {
            /**
             * @description Whether the broker responded; if not, groups and dead letters are unknown and so empty.
             * @enum {unknown}
             */
            broker: "ok" | "unavailable" | "none";
            /** @description The oldest, 100 at most. */
            dead_letters: {
                attempts: number;
                /** @description Empty when the dead letter is not an event. */
                event_id: string;
                /** Format: date-time */
                failed_at: string;
                group: string;
                id: string;
                reason: string;
            }[];
            /** @description The number of dead letters; 1000 means that many or more. */
            dead_letters_total: number;
            groups: {
                group: string;
                /** @description Events that the group has not acknowledged. */
                lag: number;
                /** @description Members that are connected, as far as the broker knows. */
                members: number;
            }[];
            services: {
                /**
                 * @description The state of the broker, according to the service.
                 * @enum {unknown}
                 */
                broker: "ok" | "unavailable" | "none" | "unknown";
                /** @enum {unknown} */
                database: "healthy" | "unhealthy" | "unknown";
                /** @description Events that wait for the broker. */
                pending_events: number;
                service: string;
                /** @enum {unknown} */
                status: "healthy" | "degraded" | "unhealthy" | "unreachable";
            }[];
        };
        /** @description The payload of webhook.test. */
        Test: {
            /**
             * Format: uuid
             * @description The webhook that is tested.
             */
            webhook_id: string;
        };
        /** @description One line as people write it: every space, joiners within words and emoji, but no control character, line break or other invisible character. */
        Text: unknown;
        /**
         * @example {
         *       "actor": "Store Madrid",
         *       "created_at": "2025-10-28T15:04:05.123Z",
         *       "expected_at": "2025-11-03T09:00:00.000Z",
         *       "from_store_id": "MAD-001",
         *       "id": "0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4",
         *       "lines": [
         *         {
         *           "damaged": 1,
         *           "lost": 0,
         *           "on_the_way": 1,
         *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
         *           "quantity": 5,
         *           "received": 4,
         *           "shipped": 5
         *         }
         *       ],
         *       "reference": "note-17",
         *       "status": "shipped",
         *       "to_store_id": "BCN-001",
         *       "updated_at": "2025-11-03T09:12:44.010Z",
         *       "version": 3
         *     }
         */
        Transfer: {
            /** @description The author of the request. */
            actor: components["schemas"]["Actor"];
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description The time at which the units are expected. Absent when there is none.
             */
            expected_at?: string;
            /** @description The store that gives the units. Absent when a supplier delivers them. */
            from_store_id?: components["schemas"]["StoreID"];
            /** Format: uuid */
            id: string;
            lines: components["schemas"]["TransferLine"][];
            /**
             * @description The ship was the first use of the target store. Absent otherwise, and when the transfer is read.
             * @constant
             */
            new_store?: true;
            /** @description The caller's own name of the transfer. Absent when there is none. */
            reference?: string;
            status: components["schemas"]["TransferStatus"];
            /** @description The supplier that delivers the units. Absent when a store gives them. */
            supplier?: string;
            to_store_id: components["schemas"]["StoreID"];
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        /** @description The payload of transfer.cancelled. */
        TransferCancelled: {
            /**
             * Format: date-time
             * @description The time at which the caller expects the units. Absent when there is none.
             */
            expected_at?: string;
            /** @description The store that gives the units. Absent when a supplier delivers them. */
            from_store_id?: string;
            /** @description All lines of the transfer with their totals so far. */
            lines: {
                /**
                 * Format: int64
                 * @description Units among the received ones that arrived damaged.
                 */
                damaged: number;
                /**
                 * Format: int64
                 * @description Units that did not arrive and are not on the way any more.
                 */
                lost: number;
                /** @description The product. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were requested.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that arrived, the damaged ones among them.
                 */
                received: number;
                /**
                 * Format: int64
                 * @description Units that left; 0 again when the transfer was cancelled.
                 */
                shipped: number;
            }[];
            /** @description The caller's own text. Absent when there is none. */
            reason?: string;
            /** @description The caller's own name of the transfer, such as the number of a delivery note. Absent when there is none. */
            reference?: string;
            /**
             * @description The status of the transfer: received once all of its units are accounted for.
             * @enum {string}
             */
            status: "requested" | "shipped" | "received" | "cancelled";
            /** @description The supplier that delivers the units. Absent when a store gives them. */
            supplier?: string;
            /** @description The store that receives the units. */
            to_store_id: string;
            /**
             * Format: uuid
             * @description The transfer.
             */
            transfer_id: string;
        };
        /** @description A transfer was cancelled before any of its units arrived. Its shipped units went back to the source. */
        TransferCancelledEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the transfer. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "transfer";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "transfer.cancelled";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["TransferCancelled"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the transfer after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        TransferLine: {
            /** @description Units among the received ones that arrived damaged. */
            damaged: components["schemas"]["StockQuantity"];
            /** @description Units that will not arrive. */
            lost: components["schemas"]["StockQuantity"];
            /** @description shipped minus received and lost. */
            on_the_way: components["schemas"]["StockQuantity"];
            product_id: string;
            /** @description Units that were requested. */
            quantity: components["schemas"]["StockQuantity"];
            /** @description Units that arrived, the damaged ones among them. */
            received: components["schemas"]["StockQuantity"];
            /** @description Units that left; 0 again when the transfer was cancelled. */
            shipped: components["schemas"]["StockQuantity"];
        };
        TransferPage: {
            data: components["schemas"]["Transfer"][];
            next_cursor?: components["schemas"]["NextCursor"];
        };
        TransferReceipt: {
            /** @description At least one unit in all, each product once. */
            lines: {
                /** @description Units among the received ones that arrived damaged. */
                damaged?: components["schemas"]["StockQuantity"];
                /** @description Units that will not arrive. */
                lost?: components["schemas"]["StockQuantity"];
                product_id: string & components["schemas"]["Word"];
                /** @description Units that arrived, the damaged ones among them. */
                received?: components["schemas"]["StockQuantity"];
            }[];
        };
        /** @description The payload of transfer.received. */
        TransferReceived: {
            /**
             * Format: date-time
             * @description The time at which the caller expects the units. Absent when there is none.
             */
            expected_at?: string;
            /** @description The store that gives the units. Absent when a supplier delivers them. */
            from_store_id?: string;
            /** @description All lines of the transfer with their totals so far. */
            lines: {
                /**
                 * Format: int64
                 * @description Units among the received ones that arrived damaged.
                 */
                damaged: number;
                /**
                 * Format: int64
                 * @description Units that did not arrive and are not on the way any more.
                 */
                lost: number;
                /** @description The product. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were requested.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that arrived, the damaged ones among them.
                 */
                received: number;
                /**
                 * Format: int64
                 * @description Units that left; 0 again when the transfer was cancelled.
                 */
                shipped: number;
            }[];
            /** @description The caller's own name of the transfer, such as the number of a delivery note. Absent when there is none. */
            reference?: string;
            /**
             * @description The status of the transfer: received once all of its units are accounted for.
             * @enum {string}
             */
            status: "requested" | "shipped" | "received" | "cancelled";
            /** @description The supplier that delivers the units. Absent when a store gives them. */
            supplier?: string;
            /** @description The store that receives the units. */
            to_store_id: string;
            /**
             * Format: uuid
             * @description The transfer.
             */
            transfer_id: string;
        };
        /** @description Some units of a transfer arrived or were lost. With status received, nothing is on the way any more. */
        TransferReceivedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the transfer. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "transfer";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "transfer.received";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["TransferReceived"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the transfer after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        TransferReference: string & components["schemas"]["VisibleText"];
        /** @description Either from_store_id or supplier is required. */
        TransferRequest: {
            /** @description The time at which the units are expected. null counts as absent. */
            expected_at?: string | null;
            /** @description The store that gives the units, another one than to_store_id. */
            from_store_id?: components["schemas"]["StoreID"];
            lines: {
                product_id?: (string & components["schemas"]["Word"]) | null;
                /** Format: int64 */
                quantity: number;
                sku?: components["schemas"]["SKU"] | null;
            }[];
            /** @description The caller's own name of the transfer, such as the number of a delivery note. It need not be unique. null counts as absent. */
            reference?: components["schemas"]["TransferReference"] | null;
            /** @description The supplier that delivers the units. null counts as absent. */
            supplier?: components["schemas"]["TransferReference"] | null;
            to_store_id: components["schemas"]["StoreID"];
        };
        /** @description The payload of transfer.requested. */
        TransferRequested: {
            /**
             * Format: date-time
             * @description The time at which the caller expects the units. Absent when there is none.
             */
            expected_at?: string;
            /** @description The store that gives the units. Absent when a supplier delivers them. */
            from_store_id?: string;
            /** @description All lines of the transfer with their totals so far. */
            lines: {
                /**
                 * Format: int64
                 * @description Units among the received ones that arrived damaged.
                 */
                damaged: number;
                /**
                 * Format: int64
                 * @description Units that did not arrive and are not on the way any more.
                 */
                lost: number;
                /** @description The product. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were requested.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that arrived, the damaged ones among them.
                 */
                received: number;
                /**
                 * Format: int64
                 * @description Units that left; 0 again when the transfer was cancelled.
                 */
                shipped: number;
            }[];
            /** @description The caller's own name of the transfer, such as the number of a delivery note. Absent when there is none. */
            reference?: string;
            /**
             * @description The status of the transfer: received once all of its units are accounted for.
             * @enum {string}
             */
            status: "requested" | "shipped" | "received" | "cancelled";
            /** @description The supplier that delivers the units. Absent when a store gives them. */
            supplier?: string;
            /** @description The store that receives the units. */
            to_store_id: string;
            /**
             * Format: uuid
             * @description The transfer.
             */
            transfer_id: string;
        };
        /** @description A transfer between two stores, or a delivery of a supplier, was requested. No unit has moved yet. The payload names the stores, so the envelope has no store_id; this holds for all events of transfers. */
        TransferRequestedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the transfer. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "transfer";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "transfer.requested";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["TransferRequested"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the transfer after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /** @description The payload of transfer.shipped. */
        TransferShipped: {
            /**
             * Format: date-time
             * @description The time at which the caller expects the units. Absent when there is none.
             */
            expected_at?: string;
            /** @description The store that gives the units. Absent when a supplier delivers them. */
            from_store_id?: string;
            /** @description All lines of the transfer with their totals so far. */
            lines: {
                /**
                 * Format: int64
                 * @description Units among the received ones that arrived damaged.
                 */
                damaged: number;
                /**
                 * Format: int64
                 * @description Units that did not arrive and are not on the way any more.
                 */
                lost: number;
                /** @description The product. */
                product_id: string;
                /**
                 * Format: int64
                 * @description Units that were requested.
                 */
                quantity: number;
                /**
                 * Format: int64
                 * @description Units that arrived, the damaged ones among them.
                 */
                received: number;
                /**
                 * Format: int64
                 * @description Units that left; 0 again when the transfer was cancelled.
                 */
                shipped: number;
            }[];
            /** @description The caller's own name of the transfer, such as the number of a delivery note. Absent when there is none. */
            reference?: string;
            /**
             * @description The status of the transfer: received once all of its units are accounted for.
             * @enum {string}
             */
            status: "requested" | "shipped" | "received" | "cancelled";
            /** @description The supplier that delivers the units. Absent when a store gives them. */
            supplier?: string;
            /** @description The store that receives the units. */
            to_store_id: string;
            /**
             * Format: uuid
             * @description The transfer.
             */
            transfer_id: string;
        };
        /** @description The units of a transfer left and are on the way: its source has a stock.updated with fewer units, its target one with change 0. */
        TransferShippedEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the transfer. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "transfer";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "transfer.shipped";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["TransferShipped"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
            /**
             * Format: int64
             * @description The version of the transfer after the change.
             */
            version: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description requested, nothing has moved; shipped, units are on the way; received, all shipped units are accounted for; cancelled, its shipped units went back.
         * @enum {string}
         */
        TransferStatus: "requested" | "shipped" | "received" | "cancelled";
        /** @description One line as people write it, with at least one visible character. */
        VisibleText: unknown;
        Webhook: {
            /** @description Whether the webhook gets events. */
            active: boolean;
            /** Format: date-time */
            created_at: string;
            description: string;
            /** @description The reason why the service itself deactivated the webhook. */
            disabled_reason?: string;
            /** @description Only these types; empty for all. */
            event_types: components["schemas"]["WebhookEventType"][];
            /** Format: uuid */
            id: string;
            /** @description Whether the webhook also gets reservation.cancelled of reservations that no caller was ever given. */
            include_aborted: boolean;
            /**
             * Format: date-time
             * @description The time until which the previous secret signs too.
             */
            previous_secret_until?: string;
            /** @description Only events that concern one of these stores; empty for all, including those that concern none. */
            store_ids: components["schemas"]["StoreID"][];
            /** Format: date-time */
            updated_at: string;
            /** Format: uri */
            url: string;
            /** Format: int64 */
            version: number;
        };
        WebhookCreate: {
            active?: components["schemas"]["ActiveFlag"];
            description?: components["schemas"]["WebhookDescription"];
            event_types?: components["schemas"]["WebhookEventTypes"];
            /**
             * @description Also send reservation.cancelled with aborted true: the end of a reservation that no caller was ever given, because the response of stock to its create was lost. Its reservation.created was not sent either. The live stream has such events.
             * @default false
             */
            include_aborted: boolean | null;
            secret?: components["schemas"]["WebhookSecret"];
            store_ids?: components["schemas"]["WebhookStoreIDs"];
            url: components["schemas"]["WebhookURL"];
        };
        /**
         * @description null counts as absent.
         * @default
         */
        WebhookDescription: ((string & components["schemas"]["Lines"]) | null) & components["schemas"]["Lines"];
        WebhookDetails: {
            active?: components["schemas"]["ActiveFlag"];
            description?: components["schemas"]["WebhookDescription"];
            event_types?: components["schemas"]["WebhookEventTypes"];
            /**
             * @description Also send reservation.cancelled with aborted true: the end of a reservation that no caller was ever given, because the response of stock to its create was lost. Its reservation.created was not sent either. The live stream has such events.
             * @default false
             */
            include_aborted: boolean | null;
            store_ids?: components["schemas"]["WebhookStoreIDs"];
            url: components["schemas"]["WebhookURL"];
        };
        /** @enum {string} */
        WebhookEventType: "product.created" | "product.updated" | "product.deleted" | "stock.created" | "stock.updated" | "stock.transferred" | "stock.reserved" | "stock.released" | "stock.low" | "stock.state_changed" | "stock.deleted" | "transfer.requested" | "transfer.shipped" | "transfer.received" | "transfer.cancelled" | "reservation.created" | "reservation.confirmed" | "reservation.cancelled" | "reservation.expired" | "reservation.extended" | "reservation.updated" | "reservation.returned" | "alert.raised";
        /**
         * @description Only these types; empty or null for all.
         * @default []
         */
        WebhookEventTypes: components["schemas"]["WebhookEventType"][] | null;
        WebhookPage: {
            data: components["schemas"]["Webhook"][];
            limit: number;
            next_cursor?: components["schemas"]["NextCursor"];
            offset: number;
            /** Format: int64 */
            total: number;
        };
        /**
         * @description Your own secret, as the Standard Webhooks specification says: whsec_ and the base64 of 24 to 64 random bytes. If it is
         *         absent or null, the service generates one.
         * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
         */
        WebhookSecret: string | null;
        WebhookSecretChange: {
            secret?: components["schemas"]["WebhookSecret"];
        } | null;
        /**
         * @description Only events that concern one of these stores; empty or null for all, including those that concern none.
         * @default []
         */
        WebhookStoreIDs: components["schemas"]["StoreID"][] | null;
        /** @description A caller tested a webhook. Only this webhook gets the event. */
        WebhookTestEvent: {
            /** @description The author of the change: the name of the API key, or of the service that acted by itself. Absent in events of releases before actors. */
            actor?: string;
            /** @description The id of the webhook. Events with the same id keep their order. */
            aggregate_id: string;
            /** @constant */
            aggregate_type: "webhook";
            /**
             * Format: date-time
             * @description The time of the change, in UTC with milliseconds.
             */
            created_at: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event_type: "webhook.test";
            /**
             * Format: uuid
             * @description The event, a UUIDv7: the same whenever it is delivered again.
             */
            id: string;
            payload: components["schemas"]["Test"];
            /** @description The W3C trace context of the request that caused the event, if it was traced. */
            traceparent?: string;
        } & {
            [key: string]: unknown;
        };
        /** @description An http or https URL without user and fragment, of a public address and with a port of WEBHOOK_PORTS, by default 80, 443 or from 1024 on. */
        WebhookURL: string;
        /** @description Visible characters without spaces. */
        Word: unknown;
    };
    responses: {
        /** @description The rule. */
        AlertRule: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "active": true,
                 *       "created_at": "2025-10-28T15:04:05.123Z",
                 *       "event_type": "stock.low",
                 *       "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *       "name": "Low stock",
                 *       "quiet_seconds": 300,
                 *       "store_ids": [],
                 *       "threshold": 1,
                 *       "updated_at": "2025-10-28T15:04:05.123Z",
                 *       "version": 1,
                 *       "window_seconds": 60
                 *     }
                 */
                "application/json": components["schemas"]["AlertRule"];
            };
        };
        /** @description Events in the order of their seq. */
        CatalogEventPage: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "count": 1,
                 *       "events": [
                 *         {
                 *           "actor": "Store Madrid",
                 *           "aggregate_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                 *           "aggregate_type": "product",
                 *           "created_at": "2026-03-28T15:04:05.123Z",
                 *           "event_type": "product.created",
                 *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *           "payload": {
                 *             "category": "tea",
                 *             "description": "Green tea from Shizuoka.",
                 *             "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                 *             "name": "Sencha, 100 g",
                 *             "price": 12.9,
                 *             "sku": "TEA-SEN-100",
                 *             "version": 2
                 *           },
                 *           "seq": 1024,
                 *           "synced_at": "2026-03-28T15:04:05.123Z",
                 *           "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                 *           "version": 7
                 *         }
                 *       ],
                 *       "next_cursor": 1024
                 *     }
                 */
                "application/json": components["schemas"]["CatalogEventPage"];
            };
        };
        /** @description The status of the count does not allow it (INVALID_STATE). */
        CountNotChanged: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "INVALID_STATE",
                 *       "detail": "The count was discarded, so it cannot be applied.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 409,
                 *       "title": "Not possible in this state.",
                 *       "type": "urn:inventory:problem:invalid-state"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The count takes no lines any more (INVALID_STATE), it has 100,000 lines (CONFLICT), a product was deleted (PRODUCT_DELETED), or another request with this Idempotency-Key is storing lines (CONFLICT). */
        CountTakesNoLines: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "INVALID_STATE",
                 *       "detail": "The count is applied, so it takes no lines.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 409,
                 *       "title": "Not possible in this state.",
                 *       "type": "urn:inventory:problem:invalid-state"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The API key may not do this. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "FORBIDDEN",
                 *       "detail": "This API key may not use store MAD-001.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 403,
                 *       "title": "Not allowed.",
                 *       "type": "urn:inventory:problem:forbidden"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The Idempotency-Key was used for another request. */
        IdempotencyKeyReused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "IDEMPOTENCY_KEY_REUSED",
                 *       "detail": "This Idempotency-Key was used for another request.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 422,
                 *       "title": "The idempotency key was used before.",
                 *       "type": "urn:inventory:problem:idempotency-key-reused"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The file was read to its end. Lines may have failed; failed counts them. */
        ImportSummary: {
            headers: {
                "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ImportSummary"];
                /**
                 * @example {"line":3,"code":"VALIDATION_ERROR","detail":"In the request, price must not be negative.","field":"price","errors":[{"field":"price","message":"must not be negative"}]}
                 *     {"lines":3,"created":2,"updated":0,"unchanged":0,"failed":1,"reported":1}
                 */
                "application/x-ndjson": string;
            };
        };
        /** @description Another request with this Idempotency-Key is importing. The member import reports the progress of this request. */
        ImportUnderWay: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "CONFLICT",
                 *       "detail": "Another request with this Idempotency-Key is importing.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 409,
                 *       "title": "Conflict with existing data.",
                 *       "type": "urn:inventory:problem:conflict"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such reservation, or it is of a store that the key may not use (NOT_FOUND), or, where STORES is registered, there is no store `to_store_id` (UNKNOWN_STORE). */
        NoReservationOrUnknownStore: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The webhook is not active, or the delivery or a replay is still pending. */
        NotDeliverable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "INVALID_STATE",
                 *       "detail": "The delivery is still pending.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 409,
                 *       "title": "Not possible in this state.",
                 *       "type": "urn:inventory:problem:invalid-state"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such resource. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "NOT_FOUND",
                 *       "detail": "There is no product with this id.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 404,
                 *       "title": "Not found.",
                 *       "type": "urn:inventory:problem:not-found"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such resource (NOT_FOUND), or, where STORES is registered, no such store (UNKNOWN_STORE). */
        NotFoundOrUnknownStore: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The resource is still at a version that If-None-Match names. */
        NotModified: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The body is longer than the service accepts. */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "PAYLOAD_TOO_LARGE",
                 *       "detail": "The body is larger than 1048576 bytes.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 413,
                 *       "title": "The body is too large.",
                 *       "type": "urn:inventory:problem:payload-too-large"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request was refused or could not be served. */
        Problem: {
            headers: {
                /** @description Whole seconds to wait, with 429 and 503. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "RATE_LIMITED",
                 *       "detail": "This API key has sent more requests than its limit allows.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 429,
                 *       "title": "Too many requests.",
                 *       "type": "urn:inventory:problem:rate-limited"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The product. */
        Product: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Product"];
            };
        };
        /** @description The reservation after the change. The stock row shows the effect as soon as stock can be reached. */
        ReservationEnded: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                "Reservation-Status": components["headers"]["ReservationPresentStatus"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Reservation"];
            };
        };
        /** @description Events in the order of their seq. */
        ReservationEventPage: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "count": 1,
                 *       "events": [
                 *         {
                 *           "actor": "Store Madrid",
                 *           "aggregate_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a03",
                 *           "aggregate_type": "reservation",
                 *           "created_at": "2026-03-28T15:04:05.123Z",
                 *           "event_type": "reservation.created",
                 *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *           "payload": {
                 *             "customer_id": "ada",
                 *             "expires_at": "2026-03-28T15:04:05.123Z",
                 *             "reservation_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a03"
                 *           },
                 *           "seq": 1024,
                 *           "synced_at": "2026-03-28T15:04:05.123Z",
                 *           "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                 *           "version": 7
                 *         }
                 *       ],
                 *       "next_cursor": 1024
                 *     }
                 */
                "application/json": components["schemas"]["ReservationEventPage"];
            };
        };
        /** @description There is no such reservation, or it is of a store that the key may not use. */
        ReservationNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "NOT_FOUND",
                 *       "detail": "There is no reservation 0199f3a4-1d52-7b0a-8c3f-64a1d7e9b2c5.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 404,
                 *       "title": "Not found.",
                 *       "type": "urn:inventory:problem:not-found"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The reservation ended in another way (INVALID_STATE), or it has expired (RESERVATION_EXPIRED). */
        ReservationOver: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Fewer units are available than the request needs (INSUFFICIENT_STOCK; lines has every short line, and available and requested are those of the first), or a product was deleted (PRODUCT_DELETED). */
        ReservationRefused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Stock (STOCK_UNAVAILABLE) or the database (STORAGE_UNAVAILABLE) does not respond at the moment. Send the request again after Retry-After seconds; with the same Idempotency-Key it reserves once. */
        ReservationStockUnavailable: {
            headers: {
                /** @description Whole seconds to wait. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "STOCK_UNAVAILABLE",
                 *       "detail": "Stock does not respond at the moment. Send the request again; with the same Idempotency-Key it reserves once.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 503,
                 *       "title": "Stock is not available.",
                 *       "type": "urn:inventory:problem:stock-unavailable"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Another product has this SKU. */
        SKUTaken: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "CONFLICT",
                 *       "detail": "The SKU is taken by product 0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 409,
                 *       "title": "Conflict with existing data.",
                 *       "type": "urn:inventory:problem:conflict"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Events in the order of their seq. */
        StockEventPage: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "count": 1,
                 *       "events": [
                 *         {
                 *           "actor": "Store Madrid",
                 *           "aggregate_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                 *           "aggregate_type": "stock",
                 *           "created_at": "2026-03-28T15:04:05.123Z",
                 *           "event_type": "stock.created",
                 *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *           "payload": {
                 *             "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                 *             "quantity": 2,
                 *             "reason": "initial_stock",
                 *             "store_id": "MAD-001"
                 *           },
                 *           "seq": 1024,
                 *           "store_id": "MAD-001",
                 *           "synced_at": "2026-03-28T15:04:05.123Z",
                 *           "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                 *           "version": 7
                 *         }
                 *       ],
                 *       "next_cursor": 1024
                 *     }
                 */
                "application/json": components["schemas"]["StockEventPage"];
            };
        };
        /** @description Fewer units are available than the request takes (INSUFFICIENT_STOCK), or a quantity would pass the maximum (CONFLICT). */
        StockNotChanged: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The row. */
        StockRow: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["StockRow"];
            };
        };
        /** @description The store. */
        Store: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Store"];
            };
        };
        /** @description There are 50 alert rules already. */
        TooManyAlertRules: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "CONFLICT",
                 *       "detail": "There are 50 alert rules already.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 409,
                 *       "title": "Conflict with existing data.",
                 *       "type": "urn:inventory:problem:conflict"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There are 10,000 webhooks already. */
        TooManyWebhooks: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "CONFLICT",
                 *       "detail": "There are 10000 webhooks already.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 409,
                 *       "title": "Conflict with existing data.",
                 *       "type": "urn:inventory:problem:conflict"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The transfer. */
        Transfer: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Transfer"];
            };
        };
        /** @description The transfer after the change. */
        TransferChanged: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Transfer"];
            };
        };
        /** @description The status of the transfer does not allow it, or more units are accounted for than are on the way (INVALID_STATE, with every such line), or a quantity would pass the maximum (CONFLICT). */
        TransferNotReceived: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "INVALID_STATE",
                 *       "detail": "Line 0 of the request accounts for 6 units, 5 are on the way.",
                 *       "lines": [
                 *         {
                 *           "damaged": 0,
                 *           "line": 0,
                 *           "lost": 0,
                 *           "on_the_way": 5,
                 *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *           "received": 6
                 *         }
                 *       ],
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 409,
                 *       "title": "Not possible in this state.",
                 *       "type": "urn:inventory:problem:invalid-state"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too little is available (INSUFFICIENT_STOCK, with every short line), the transfer is not requested any more (INVALID_STATE), a quantity would pass the maximum (CONFLICT), or a new row would be one of a deleted product (PRODUCT_DELETED). */
        TransferNotShipped: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "available": 2,
                 *       "code": "INSUFFICIENT_STOCK",
                 *       "detail": "5 units are requested, 2 are available.",
                 *       "lines": [
                 *         {
                 *           "available": 2,
                 *           "line": 0,
                 *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *           "requested": 5,
                 *           "store_id": "MAD-001"
                 *         }
                 *       ],
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "requested": 5,
                 *       "status": 409,
                 *       "title": "Not enough stock.",
                 *       "type": "urn:inventory:problem:insufficient-stock"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The API key is missing or not valid. */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "UNAUTHORIZED",
                 *       "detail": "The header X-API-Key is missing.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 401,
                 *       "title": "Authentication is required.",
                 *       "type": "urn:inventory:problem:unauthorized"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request cannot be served at the moment; nothing was changed. Try again after Retry-After seconds. */
        Unavailable: {
            headers: {
                /** @description Whole seconds to wait. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "STORAGE_UNAVAILABLE",
                 *       "detail": "The database cannot take this request at the moment; nothing was changed.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 503,
                 *       "title": "Not available for the moment.",
                 *       "type": "urn:inventory:problem:storage-unavailable"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The Content-Type is not one that the operation accepts, its charset is not UTF-8, or the body has a Content-Encoding. Accept or Accept-Encoding names the accepted ones. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "UNSUPPORTED_MEDIA_TYPE",
                 *       "detail": "The body must be JSON, with Content-Type: application/json.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 415,
                 *       "title": "The media type is not supported.",
                 *       "type": "urn:inventory:problem:unsupported-media-type"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request is malformed or a value is not valid; errors names the fields. */
        ValidationError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "VALIDATION_ERROR",
                 *       "detail": "In the request, quantity must be from 1 to 1000000000.",
                 *       "errors": [
                 *         {
                 *           "field": "quantity",
                 *           "message": "must be from 1 to 1000000000"
                 *         }
                 *       ],
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 400,
                 *       "title": "The request is not valid.",
                 *       "type": "urn:inventory:problem:validation-error"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The resource is not at the version in If-Match. */
        VersionMismatch: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "VERSION_MISMATCH",
                 *       "detail": "The product is at version 8.",
                 *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                 *       "status": 412,
                 *       "title": "The version has changed.",
                 *       "type": "urn:inventory:problem:version-mismatch"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The webhook, without its secret. */
        Webhook: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "active": true,
                 *       "created_at": "2025-10-28T15:04:05.123Z",
                 *       "description": "Purchasing",
                 *       "event_types": [
                 *         "stock.low"
                 *       ],
                 *       "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *       "include_aborted": false,
                 *       "store_ids": [],
                 *       "updated_at": "2025-10-28T15:04:05.123Z",
                 *       "url": "https://shop.example/hooks/inventory",
                 *       "version": 1
                 *     }
                 */
                "application/json": components["schemas"]["Webhook"];
            };
        };
    };
    parameters: {
        /** @description Only changes of this actor, which is the name of an API key, or of the service that acted by itself. */
        Actor: components["schemas"]["EventFilter"];
        /** @description Only events of this product (product and stock events) or reservation. */
        AggregateID: components["schemas"]["EventFilter"];
        /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
        CountID: string;
        /** @description Only events with a greater seq; next_cursor of the previous page. */
        Cursor: number;
        /** @description true checks each line as it would be, and the response has the same counts, but nothing is changed and no Idempotency-Key is used. A file of more than 1,048,576 changes is refused. */
        DryRun: boolean;
        /** @description Maximum number of events in the response. */
        EventLimit: number;
        /** @description Only events of this store. */
        EventStoreID: components["schemas"]["StoreID"];
        /** @description Only events of this type. */
        EventType: components["schemas"]["EventFilter"];
        /** @description The form of the file; without it the header Accept decides, and CSV is the default. */
        ExportFormat: "csv" | "ndjson";
        /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
        IdempotencyKey: string;
        /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
        IfMatch: string;
        /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
        IfNoneMatch: string;
        /** @description all reports every line that fails, as NDJSON; without it the response is a summary with the first 100. A repetition under an Idempotency-Key reports the first 100 of the lines that are done, and all others; a dry run reports all. */
        ImportErrors: "all";
        /** @description Maximum number of items in the response. Not together with page and page_size. */
        Limit: number;
        /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
        Offset: number;
        /** @description Number of the page. Not together with limit and offset. */
        Page: number;
        /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
        PageCursor: string;
        /** @description Items on a page; 20 when only page is given. */
        PageSize: number;
        /** @description With true, only events that the broker has not acknowledged. */
        Pending: boolean;
        /** @description The product's id, as the catalog shows it. */
        ProductID: string & components["schemas"]["Word"];
        /** @description The reservation's id. An id that is not a UUID is an unknown id. */
        ReservationID: string;
        /** @example MAD-001 */
        StoreID: components["schemas"]["StoreID"];
        /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
        TransferID: string;
    };
    requestBodies: {
        AlertRuleDetails: {
            content: {
                /**
                 * @example {
                 *       "active": true,
                 *       "event_type": "reservation.expired",
                 *       "name": "Many reservations expire",
                 *       "quiet_seconds": 900,
                 *       "store_ids": [],
                 *       "threshold": 20,
                 *       "window_seconds": 60
                 *     }
                 */
                "application/json": components["schemas"]["AlertRuleDetails"];
            };
        };
        ProductDetails: {
            content: {
                /**
                 * @example {
                 *       "category": "tableware",
                 *       "description": "Steel, keeps warm for six hours",
                 *       "name": "Travel mug, 400 ml",
                 *       "price": 18.75,
                 *       "sku": "MUG-TRA-400"
                 *     }
                 */
                "application/json": components["schemas"]["ProductDetails"];
            };
        };
        WebhookCreate: {
            content: {
                /**
                 * @example {
                 *       "active": true,
                 *       "description": "Alerts of the shop in Madrid",
                 *       "event_types": [
                 *         "stock.low",
                 *         "reservation.expired"
                 *       ],
                 *       "store_ids": [
                 *         "MAD-001"
                 *       ],
                 *       "url": "https://shop.example.com/hooks/inventory"
                 *     }
                 */
                "application/json": components["schemas"]["WebhookCreate"];
            };
        };
        WebhookDetails: {
            content: {
                /**
                 * @example {
                 *       "active": true,
                 *       "description": "Alerts of the shop in Madrid",
                 *       "event_types": [
                 *         "stock.low",
                 *         "reservation.expired"
                 *       ],
                 *       "store_ids": [
                 *         "MAD-001"
                 *       ],
                 *       "url": "https://shop.example.com/hooks/inventory"
                 *     }
                 */
                "application/json": components["schemas"]["WebhookDetails"];
            };
        };
    };
    headers: {
        /** @description The version of the resource, to be sent back as If-Match. */
        ETag: string;
        /** @description The value true marks the response to an earlier request with the same Idempotency-Key. */
        IdempotencyReplayed: "true";
        /** @description The path of the new resource. */
        Location: string;
        /** @description The present status of the reservation, in addition to a replayed response, whose body is that of the first response. Only with Idempotency-Replayed. */
        ReservationPresentStatus: components["schemas"]["ReservationStatus"];
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAlerts: {
        parameters: {
            query?: {
                /** @description Only alerts of this store. */
                store_id?: components["schemas"]["StoreID"];
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of alerts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "count": 1,
                     *           "event_type": "stock.low",
                     *           "first_event_at": "2025-10-28T15:04:05.123Z",
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "last_event_at": "2025-10-28T15:04:05.123Z",
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a03",
                     *           "raised_at": "2025-10-28T15:04:05.123Z",
                     *           "rule_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *           "rule_name": "Low stock",
                     *           "sample": [
                     *             {
                     *               "event_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a04",
                     *               "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a03"
                     *             }
                     *           ],
                     *           "store_id": "MAD-001",
                     *           "threshold": 1,
                     *           "window_seconds": 60
                     *         }
                     *       ],
                     *       "limit": 1,
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0",
                     *       "offset": 0,
                     *       "total": 5
                     *     }
                     */
                    "application/json": components["schemas"]["AlertPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listAlertRules: {
        parameters: {
            query?: {
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rules. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "active": true,
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "event_type": "stock.low",
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "name": "Low stock",
                     *           "quiet_seconds": 900,
                     *           "store_ids": [],
                     *           "threshold": 1,
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 1,
                     *           "window_seconds": 900
                     *         }
                     *       ],
                     *       "limit": 1,
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0",
                     *       "offset": 0,
                     *       "total": 3
                     *     }
                     */
                    "application/json": components["schemas"]["AlertRulePage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    createAlertRule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["AlertRuleDetails"];
        responses: {
            /** @description The new rule. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "active": true,
                     *       "created_at": "2025-10-28T15:04:05.123Z",
                     *       "event_type": "stock.low",
                     *       "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "name": "Low stock",
                     *       "quiet_seconds": 300,
                     *       "store_ids": [],
                     *       "threshold": 1,
                     *       "updated_at": "2025-10-28T15:04:05.123Z",
                     *       "version": 1,
                     *       "window_seconds": 60
                     *     }
                     */
                    "application/json": components["schemas"]["AlertRule"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["TooManyAlertRules"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getAlertRule: {
        parameters: {
            query?: never;
            header?: {
                /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The rule's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["AlertRule"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    updateAlertRule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The rule's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["AlertRuleDetails"];
        responses: {
            200: components["responses"]["AlertRule"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionMismatch"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    deleteAlertRule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The rule's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionMismatch"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listCatalogEvents: {
        parameters: {
            query?: {
                /** @description Only events of this type. */
                event_type?: components["parameters"]["EventType"];
                /** @description Only events of this product (product and stock events) or reservation. */
                aggregate_id?: components["parameters"]["AggregateID"];
                /** @description Only changes of this actor, which is the name of an API key, or of the service that acted by itself. */
                actor?: components["parameters"]["Actor"];
                /** @description Only events of this store. */
                store_id?: components["parameters"]["EventStoreID"];
                /** @description With true, only events that the broker has not acknowledged. */
                pending?: components["parameters"]["Pending"];
                /** @description Only events with a greater seq; next_cursor of the previous page. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Maximum number of events in the response. */
                limit?: components["parameters"]["EventLimit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["CatalogEventPage"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listReservationEvents: {
        parameters: {
            query?: {
                /** @description Only events of this type. */
                event_type?: components["parameters"]["EventType"];
                /** @description Only events of this product (product and stock events) or reservation. */
                aggregate_id?: components["parameters"]["AggregateID"];
                /** @description Only changes of this actor, which is the name of an API key, or of the service that acted by itself. */
                actor?: components["parameters"]["Actor"];
                /** @description Only events of this store. */
                store_id?: components["parameters"]["EventStoreID"];
                /** @description With true, only events that the broker has not acknowledged. */
                pending?: components["parameters"]["Pending"];
                /** @description Only events with a greater seq; next_cursor of the previous page. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Maximum number of events in the response. */
                limit?: components["parameters"]["EventLimit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["ReservationEventPage"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listStockEvents: {
        parameters: {
            query?: {
                /** @description Only events of this type. */
                event_type?: components["parameters"]["EventType"];
                /** @description Only events of this product (product and stock events) or reservation. */
                aggregate_id?: components["parameters"]["AggregateID"];
                /** @description Only changes of this actor, which is the name of an API key, or of the service that acted by itself. */
                actor?: components["parameters"]["Actor"];
                /** @description Only events of this store. */
                store_id?: components["parameters"]["EventStoreID"];
                /** @description With true, only events that the broker has not acknowledged. */
                pending?: components["parameters"]["Pending"];
                /** @description Only events with a greater seq; next_cursor of the previous page. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Maximum number of events in the response. */
                limit?: components["parameters"]["EventLimit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["StockEventPage"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /**
                 * @description Only events of these types; the parameter may appear more than once, or have several types with commas between them.
                 * @example [
                 *       "stock.updated",
                 *       "stock.low"
                 *     ]
                 */
                event_type?: string[];
                /** @description Only events that concern this store, transfers from and to it among them. */
                store_id?: components["schemas"]["StoreID"];
                /** @description Begin after this id; 0 begins with the oldest stored event, and so does an id that the stream never had. For clients that cannot set the header, which takes precedence where both are given. */
                last_event_id?: number;
            };
            header?: {
                /** @description As last_event_id; a browser's EventSource sends it by itself when it connects again. */
                "Last-Event-ID"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream, which does not end by itself. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example id: 4711
                     *     event: stock.updated
                     *     data: {"id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01","event_type":"stock.updated","aggregate_type":"stock","aggregate_id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02","store_id":"MAD-001","created_at":"2026-03-28T15:04:05.123Z","version":7,"payload":{"product_id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02","store_id":"MAD-001","previous_quantity":10,"new_quantity":8,"change":-2,"reason":"sale"}}
                     */
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["Problem"];
            default: components["responses"]["Problem"];
        };
    };
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access": "stores",
                     *       "name": "Store Madrid",
                     *       "stores": [
                     *         "MAD-001"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            default: components["responses"]["Problem"];
        };
    };
    listProducts: {
        parameters: {
            query?: {
                /**
                 * @description Only products of exactly this category; an empty value selects those without one.
                 * @example coffee
                 */
                category?: string & components["schemas"]["Text"];
                /**
                 * @description Only products with this text in their name or SKU, in any case.
                 * @example ethiopia
                 */
                q?: string & components["schemas"]["Text"];
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of products. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "category": "coffee",
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "description": "",
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *           "price": 9.95,
                     *           "sku": "CAF-ETH-250",
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 1
                     *         },
                     *         {
                     *           "category": "coffee",
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "description": "",
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *           "name": "Colombia Huila coffee beans, 1 kg",
                     *           "price": 27.9,
                     *           "sku": "CAF-COL-1000",
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 1
                     *         }
                     *       ],
                     *       "limit": 2,
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0",
                     *       "offset": 0,
                     *       "total": 12
                     *     }
                     */
                    "application/json": components["schemas"]["ProductPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    createProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["ProductDetails"];
        responses: {
            /** @description The new product. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Product"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["SKUTaken"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    exportProducts: {
        parameters: {
            query?: {
                /**
                 * @description Only products of exactly this category; an empty value selects those without one.
                 * @example coffee
                 */
                category?: string & components["schemas"]["Text"];
                /** @description The form of the file; without it the header Accept decides, and CSV is the default. */
                format?: components["parameters"]["ExportFormat"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, in pages as they are read. A response that breaks off is not complete. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"sku":"MUG-BLU","name":"Blue mug","description":"Stoneware, 300 ml","category":"mugs","price":14.50} */
                    "application/x-ndjson": string;
                    /**
                     * @example sku,name,description,category,price
                     *     MUG-BLU,Blue mug,"Stoneware, 300 ml",mugs,14.50
                     */
                    "text/csv": string;
                };
            };
            400: components["responses"]["ValidationError"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    importProducts: {
        parameters: {
            query?: {
                /** @description Whether the lines create products, change those that exist, or both. */
                mode?: "create" | "update" | "upsert";
                /** @description true checks each line as it would be, and the response has the same counts, but nothing is changed and no Idempotency-Key is used. A file of more than 1,048,576 changes is refused. */
                dry_run?: components["parameters"]["DryRun"];
                /** @description all reports every line that fails, as NDJSON; without it the response is a summary with the first 100. A repetition under an Idempotency-Key reports the first 100 of the lines that are done, and all others; a dry run reports all. */
                errors?: components["parameters"]["ImportErrors"];
            };
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/csv": string;
                "application/jsonl": string;
                "application/ndjson": string;
                "application/vnd.ms-excel": string;
                "application/x-jsonlines": string;
                /**
                 * @example {"sku":"CAF-COL-250","name":"Colombia Huila coffee beans, 250 g","category":"coffee","price":11.90}
                 *     {"sku":"MUG-BLU","name":"Blue mug","description":"Stoneware, 300 ml","category":"mugs","price":14.50}
                 */
                "application/x-ndjson": string;
                /**
                 * @example sku,name,description,category,price
                 *     CAF-COL-250,"Colombia Huila coffee beans, 250 g",,coffee,11.90
                 *     MUG-BLU,Blue mug,"Stoneware, 300 ml",mugs,14.50
                 */
                "text/csv": string;
            };
        };
        responses: {
            200: components["responses"]["ImportSummary"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["ImportUnderWay"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getProductBySKU: {
        parameters: {
            query?: never;
            header?: {
                /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Percent-encoded, including a slash.
                 * @example CAF-ETH-250
                 */
                sku: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Product"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["ValidationError"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The product's id, as a list of products shows it. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Product"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["ValidationError"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    updateProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The product's id, as a list of products shows it. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["ProductDetails"];
        responses: {
            200: components["responses"]["Product"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["SKUTaken"];
            412: components["responses"]["VersionMismatch"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    deleteProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The product's id, as a list of products shows it. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The product is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionMismatch"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    searchReservations: {
        parameters: {
            query?: {
                /** @example customer-1 */
                customer_id?: string & components["schemas"]["VisibleText"];
                /** @example order-1001 */
                reference?: components["schemas"]["ReservationReference"];
                status?: components["schemas"]["ReservationStatus"];
                /** @description Only reservations with a line for this product; with store_id, in this store. */
                product_id?: string & components["schemas"]["Word"];
                /** @description Only reservations with a line in this store. */
                store_id?: components["schemas"]["StoreID"];
                /**
                 * @description Only reservations that were created at this time or later.
                 * @example 2025-10-28T00:00:00Z
                 */
                from?: string;
                /**
                 * @description Only reservations that were created before this time. It is after from.
                 * @example 2025-10-29T00:00:00Z
                 */
                to?: string;
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of reservations. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "actor": "Admin",
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "customer_id": "ada",
                     *           "expires_at": "2025-10-28T15:04:05.123Z",
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "lines": [
                     *             {
                     *               "confirmed": 0,
                     *               "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *               "quantity": 1,
                     *               "released": 0,
                     *               "requested": 1,
                     *               "returned": 0,
                     *               "store_id": "MAD-001"
                     *             }
                     *           ],
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *           "quantity": 1,
                     *           "reference": "order-1001",
                     *           "status": "pending",
                     *           "store_id": "MAD-001",
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "updated_by": "Admin",
                     *           "version": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReservationSearchPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    createReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "customer_id": "customer-1",
                 *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *       "quantity": 2,
                 *       "reference": "order-1001",
                 *       "store_id": "MAD-001",
                 *       "ttl_minutes": 10
                 *     }
                 */
                "application/json": components["schemas"]["ReservationCreate"];
            };
        };
        responses: {
            /** @description The reservation; the units are held. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    "Reservation-Status": components["headers"]["ReservationPresentStatus"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The store has no stock row of the product (NOT_FOUND), or, where STORES is registered, the store does not exist (UNKNOWN_STORE). The detail names the line, and so does line, when lines were requested. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "NOT_FOUND",
                     *       "detail": "There is no stock of product 0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01 in store VLC-001.",
                     *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                     *       "status": 404,
                     *       "title": "Not found.",
                     *       "type": "urn:inventory:problem:not-found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: components["responses"]["ReservationRefused"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["ReservationStockUnavailable"];
            default: components["responses"]["Problem"];
        };
    };
    exportReservations: {
        parameters: {
            query?: {
                /** @example customer-1 */
                customer_id?: string & components["schemas"]["VisibleText"];
                /** @example order-1001 */
                reference?: components["schemas"]["ReservationReference"];
                status?: components["schemas"]["ReservationStatus"];
                /** @description Only reservations with a line for this product; with store_id, in this store. */
                product_id?: string & components["schemas"]["Word"];
                /** @description Only reservations with a line in this store. */
                store_id?: components["schemas"]["StoreID"];
                /**
                 * @description Only reservations that were created at this time or later.
                 * @example 2025-10-28T00:00:00Z
                 */
                from?: string;
                /**
                 * @description Only reservations that were created before this time. It is after from.
                 * @example 2025-10-29T00:00:00Z
                 */
                to?: string;
                /** @description The form of the file; without it the header Accept decides, and CSV is the default. */
                format?: components["parameters"]["ExportFormat"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, in pages as they are read. A response that breaks off is not complete. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a03","customer_id":"customer-1","reference":"order-1001","status":"pending","lines":[{"product_id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01","store_id":"MAD-001","quantity":2,"requested":2,"confirmed":0,"released":0,"returned":0}],"version":1} */
                    "application/x-ndjson": string;
                    /**
                     * @example id,customer_id,reference,status,product_id,store_id,quantity,requested,confirmed,released,returned,actor,expires_at,created_at,updated_at,version
                     *     0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a03,customer-1,order-1001,pending,0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01,MAD-001,2,2,0,0,0,Admin,2025-10-28T15:14:05.123Z,2025-10-28T15:04:05.123Z,2025-10-28T15:04:05.123Z,1
                     */
                    "text/csv": string;
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listReservationsOfStock: {
        parameters: {
            query?: {
                /** @description Only reservations in this status. */
                status?: components["schemas"]["ReservationStatus"];
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of reservations; an empty one when there is no such stock row. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 1,
                     *       "limit": 1,
                     *       "offset": 0,
                     *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "reservations": [
                     *         {
                     *           "actor": "Admin",
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "customer_id": "ada",
                     *           "expires_at": "2025-10-28T15:04:05.123Z",
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *           "lines": [
                     *             {
                     *               "confirmed": 0,
                     *               "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *               "quantity": 1,
                     *               "released": 0,
                     *               "requested": 1,
                     *               "returned": 0,
                     *               "store_id": "MAD-001"
                     *             }
                     *           ],
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "quantity": 1,
                     *           "reference": "order-1001",
                     *           "status": "pending",
                     *           "store_id": "MAD-001",
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "updated_by": "Admin",
                     *           "version": 1
                     *         }
                     *       ],
                     *       "status": null,
                     *       "store_id": "MAD-001",
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ReservationRowPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getReservationStats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The number of reservations in each status. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by_status": {
                     *         "cancelled": 0,
                     *         "confirmed": 0,
                     *         "expired": 0,
                     *         "pending": 1
                     *       },
                     *       "cancelled_reservations": 0,
                     *       "confirmed_reservations": 0,
                     *       "expired_reservations": 0,
                     *       "pending_reservations": 1,
                     *       "total_reservations": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ReservationStats"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listPendingReservations: {
        parameters: {
            query?: {
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path: {
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of pending reservations. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 1,
                     *       "limit": 1,
                     *       "offset": 0,
                     *       "reservations": [
                     *         {
                     *           "actor": "Admin",
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "customer_id": "ada",
                     *           "expires_at": "2025-10-28T15:04:05.123Z",
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "lines": [
                     *             {
                     *               "confirmed": 0,
                     *               "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *               "quantity": 1,
                     *               "released": 0,
                     *               "requested": 1,
                     *               "returned": 0,
                     *               "store_id": "MAD-001"
                     *             }
                     *           ],
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *           "quantity": 1,
                     *           "reference": "order-1001",
                     *           "status": "pending",
                     *           "store_id": "MAD-001",
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "updated_by": "Admin",
                     *           "version": 1
                     *         }
                     *       ],
                     *       "store_id": "MAD-001",
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ReservationPendingPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The reservation. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["ReservationNotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    cancelReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "The customer changed their mind"
                 *     }
                 */
                "application/json": components["schemas"]["ReservationCancel"];
            };
        };
        responses: {
            200: components["responses"]["ReservationEnded"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["ReservationNotFound"];
            409: components["responses"]["ReservationOver"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    confirmReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        /** @description Without lines, as with an empty object or no body, all units that are held. */
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["ReservationConfirm"];
            };
        };
        responses: {
            200: components["responses"]["ReservationEnded"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["ReservationNotFound"];
            409: components["responses"]["ReservationOver"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    extendReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ttl_minutes": 30
                 *     }
                 */
                "application/json": components["schemas"]["ReservationExtend"];
            };
        };
        responses: {
            200: components["responses"]["ReservationEnded"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["ReservationNotFound"];
            409: components["responses"]["ReservationOver"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    returnReservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The reservation's id. An id that is not a UUID is an unknown id. */
                id: components["parameters"]["ReservationID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "lines": [
                 *         {
                 *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *           "quantity": 1,
                 *           "store_id": "MAD-001"
                 *         }
                 *       ],
                 *       "reason": "The colour was wrong"
                 *     }
                 */
                "application/json": components["schemas"]["ReservationReturn"];
            };
        };
        responses: {
            200: components["responses"]["ReservationEnded"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NoReservationOrUnknownStore"];
            409: components["responses"]["ReservationOver"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    searchStock: {
        parameters: {
            query?: {
                /** @example MAD-001 */
                store_id?: components["schemas"]["StoreID"];
                /** @example 0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01 */
                product_id?: string & components["schemas"]["Word"];
                /**
                 * @description The SKU of the product, in any case.
                 * @example CAF-ETH-250
                 */
                sku?: string;
                /**
                 * @description A part of the product's name or SKU, in any case.
                 * @example coffee
                 */
                q?: string & components["schemas"]["Text"];
                /** @description low are rows at or below their reorder point, those without an available unit as well; out are only these; ok are rows above their reorder point. Rows of deleted products are in no state. */
                state?: "low" | "out" | "ok";
                /** @description Rows with equal values come by product and store, the default order; with state low or out the default is available. A - before it reverses the order. */
                sort?: "available" | "-available" | "sku" | "-sku" | "name" | "-name" | "updated_at" | "-updated_at";
                /** @description true adds the totals of all rows that match. Those of stores are stored; with any other filter every matching row is read. */
                totals?: boolean;
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "available": 140,
                     *           "incoming": 0,
                     *           "max_stock": 0,
                     *           "min_stock": 0,
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *           "product_sku": "CAF-ETH-250",
                     *           "quantity": 140,
                     *           "reorder_point": 10,
                     *           "reorder_qty": 50,
                     *           "reserved": 0,
                     *           "store_id": "MAD-001",
                     *           "unavailable": {},
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 1
                     *         },
                     *         {
                     *           "available": 60,
                     *           "incoming": 0,
                     *           "max_stock": 0,
                     *           "min_stock": 0,
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *           "product_name": "Colombia Huila coffee beans, 1 kg",
                     *           "product_sku": "CAF-COL-1000",
                     *           "quantity": 60,
                     *           "reorder_point": 10,
                     *           "reorder_qty": 50,
                     *           "reserved": 0,
                     *           "store_id": "MAD-001",
                     *           "unavailable": {},
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 1
                     *         }
                     *       ],
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0",
                     *       "totals": {
                     *         "available": 969,
                     *         "low": 2,
                     *         "out": 0,
                     *         "quantity": 969,
                     *         "reserved": 0,
                     *         "rows": 12
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["StockPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    createStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "initial_quantity": 100,
                 *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *       "reorder_point": 10,
                 *       "reorder_qty": 50,
                 *       "store_id": "VLC-001"
                 *     }
                 */
                "application/json": components["schemas"]["StockCreate"];
            };
        };
        responses: {
            /** @description The new row. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StockRow"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            /** @description The store has a row of this product already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "CONFLICT",
                     *       "detail": "Product 0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01 has stock in store MAD-001 already.",
                     *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                     *       "status": 409,
                     *       "title": "Conflict with existing data.",
                     *       "type": "urn:inventory:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listCounts: {
        parameters: {
            query?: {
                /** @description Only counts of this store. */
                store_id?: components["schemas"]["StoreID"];
                status?: components["schemas"]["CountStatus"];
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of counts, without their lines. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "actor": "Store Madrid",
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "id": "0199f3ab-51d7-7f42-a0c6-6be21d9f8c13",
                     *           "reference": "stocktaking-2025",
                     *           "status": "open",
                     *           "store_id": "MAD-001",
                     *           "totals": {
                     *             "applied": 0,
                     *             "failed": 0,
                     *             "lines": 1
                     *           },
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CountPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    openCount: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reference": "stocktaking-2025",
                 *       "store_id": "MAD-001"
                 *     }
                 */
                "application/json": {
                    /** @description The caller's own name of the count. Its movements have it too. null counts as absent. */
                    reference?: components["schemas"]["TransferReference"] | null;
                    store_id: components["schemas"]["StoreID"];
                };
            };
        };
        responses: {
            /** @description The count, open and without lines. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Count"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getCount: {
        parameters: {
            query?: {
                /** @description Only lines in this state. */
                state?: components["schemas"]["CountLineState"];
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path: {
                /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
                id: components["parameters"]["CountID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The count and a page of its lines. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountWithLines"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    applyCount: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
                id: components["parameters"]["CountID"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never> | null;
            };
        };
        responses: {
            /** @description The applied count with its first 100 lines that failed, by product. Each names the reservations that hold its units, newest first, 100 at most. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountApplied"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["CountNotChanged"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    discardCount: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
                id: components["parameters"]["CountID"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never> | null;
            };
        };
        responses: {
            /** @description The discarded count. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Count"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["CountNotChanged"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    setCountLines: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @example 0199f3ab-51d7-7f42-a0c6-6be21d9f8c13 */
                id: components["parameters"]["CountID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/csv": string;
                /**
                 * @example {
                 *       "lines": [
                 *         {
                 *           "counted": 18,
                 *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["CountLinesRequest"];
                "application/jsonl": string;
                "application/ndjson": string;
                "application/x-jsonlines": string;
                /**
                 * @example {"product_id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01","counted":118}
                 *     {"sku":"TEA-SEN-100","counted":0}
                 */
                "application/x-ndjson": string;
                /**
                 * @example sku,counted
                 *     CAF-ETH-250,118
                 *     TEA-SEN-100,0
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description The count with the lines of the request, or the summary of a file. */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountWithLines"] | components["schemas"]["ImportSummary"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["CountTakesNoLines"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    exportStock: {
        parameters: {
            query?: {
                /** @description Only this store. */
                store_id?: components["schemas"]["StoreID"];
                /** @description The form of the file; without it the header Accept decides, and CSV is the default. */
                format?: components["parameters"]["ExportFormat"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, in pages as they are read. A response that breaks off is not complete. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"sku":"CAF-ETH-250","store_id":"MAD-001","quantity":120,"min_stock":0,"max_stock":0,"reorder_point":20,"reorder_qty":50} */
                    "application/x-ndjson": string;
                    /**
                     * @example sku,store_id,quantity,min_stock,max_stock,reorder_point,reorder_qty
                     *     CAF-ETH-250,MAD-001,120,0,0,20,50
                     */
                    "text/csv": string;
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    importStock: {
        parameters: {
            query?: {
                /** @description Whether quantity is the new quantity of the row, or the units by which it changes. */
                mode?: "set" | "adjust";
                /** @description true checks each line as it would be, and the response has the same counts, but nothing is changed and no Idempotency-Key is used. A file of more than 1,048,576 changes is refused. */
                dry_run?: components["parameters"]["DryRun"];
                /** @description all reports every line that fails, as NDJSON; without it the response is a summary with the first 100. A repetition under an Idempotency-Key reports the first 100 of the lines that are done, and all others; a dry run reports all. */
                errors?: components["parameters"]["ImportErrors"];
            };
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/csv": string;
                "application/jsonl": string;
                "application/ndjson": string;
                "application/vnd.ms-excel": string;
                "application/x-jsonlines": string;
                /**
                 * @example {"product_id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01","store_id":"MAD-001","quantity":120,"reorder_point":20}
                 *     {"product_id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01","store_id":"BCN-001","quantity":80}
                 */
                "application/x-ndjson": string;
                /**
                 * @example sku,store_id,quantity,reorder_point
                 *     CAF-ETH-250,MAD-001,120,20
                 *     CAF-ETH-250,BCN-001,80,
                 */
                "text/csv": string;
            };
        };
        responses: {
            200: components["responses"]["ImportSummary"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["ImportUnderWay"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listLowStock: {
        parameters: {
            query?: {
                /** @example 10 */
                threshold?: number;
                /** @description Only rows of this store. */
                store_id?: components["schemas"]["StoreID"];
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 1,
                     *       "items": [
                     *         {
                     *           "available": 0,
                     *           "incoming": 0,
                     *           "max_stock": 0,
                     *           "min_stock": 0,
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *           "product_sku": "CAF-ETH-250",
                     *           "quantity": 1,
                     *           "reorder_point": 10,
                     *           "reorder_qty": 50,
                     *           "reserved": 1,
                     *           "store_id": "MAD-001",
                     *           "unavailable": {},
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 4
                     *         }
                     *       ],
                     *       "limit": 1,
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0",
                     *       "offset": 0,
                     *       "threshold": null,
                     *       "total": 4
                     *     }
                     */
                    "application/json": components["schemas"]["StockLowPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    searchStockMovements: {
        parameters: {
            query?: {
                /** @example 0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01 */
                product_id?: string & components["schemas"]["Word"];
                /** @example MAD-001 */
                store_id?: components["schemas"]["StoreID"];
                kind?: components["schemas"]["StockMovementKind"];
                /** @description Only changes of this actor, which is the name of an API key, or of the service that acted by itself. */
                actor?: components["parameters"]["Actor"];
                /**
                 * @description Exactly this reference.
                 * @example order-1001
                 */
                reference?: string;
                /**
                 * @description Not earlier than this time.
                 * @example 2026-03-28T15:04:05Z
                 */
                from?: string;
                /**
                 * @description Before this time.
                 * @example 2026-03-29T00:00:00Z
                 */
                to?: string;
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of movements. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "actor": "Admin",
                     *           "change": 1,
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "kind": "transferred_in",
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "quantity": 86,
                     *           "reason": "balance",
                     *           "store_id": "BCN-001",
                     *           "version": 2
                     *         }
                     *       ],
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0"
                     *     }
                     */
                    "application/json": components["schemas"]["StockLedgerPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    exportMovements: {
        parameters: {
            query?: {
                /** @description Only this store. */
                store_id?: components["schemas"]["StoreID"];
                /** @description The form of the file; without it the header Accept decides, and CSV is the default. */
                format?: components["parameters"]["ExportFormat"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, in pages as they are read. A response that breaks off is not complete. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"product_id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01","store_id":"MAD-001","kind":"created","change":120,"quantity":120,"version":1,"reason":"initial_stock","actor":"Admin","created_at":"2025-10-28T15:04:05.123Z"} */
                    "application/x-ndjson": string;
                    /**
                     * @example created_at,product_id,store_id,kind,change,quantity,version,reason,actor,reservation_id,reference,transfer_id,count_id,from_state,to_state,units
                     *     2025-10-28T15:04:05.123Z,0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01,MAD-001,created,120,120,1,initial_stock,Admin,,,,,,,0
                     */
                    "text/csv": string;
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getStockOfProduct: {
        parameters: {
            query?: {
                /**
                 * @description A time; changes in the same millisecond are included.
                 * @example 2025-10-28T15:04:05Z
                 */
                as_of?: string;
            };
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The product's rows, by store, now or at that time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "stores": [
                     *         {
                     *           "available": 86,
                     *           "incoming": 0,
                     *           "max_stock": 0,
                     *           "min_stock": 0,
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *           "product_sku": "CAF-ETH-250",
                     *           "quantity": 86,
                     *           "reorder_point": 10,
                     *           "reorder_qty": 50,
                     *           "reserved": 0,
                     *           "store_id": "BCN-001",
                     *           "unavailable": {},
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 2
                     *         },
                     *         {
                     *           "available": 0,
                     *           "incoming": 0,
                     *           "max_stock": 0,
                     *           "min_stock": 0,
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *           "product_sku": "CAF-ETH-250",
                     *           "quantity": 1,
                     *           "reorder_point": 10,
                     *           "reorder_qty": 50,
                     *           "reserved": 1,
                     *           "store_id": "MAD-001",
                     *           "unavailable": {},
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 4
                     *         }
                     *       ],
                     *       "total_available": 86,
                     *       "total_quantity": 87,
                     *       "total_reserved": 1
                     *     }
                     */
                    "application/json": components["schemas"]["StockOfProduct"] | components["schemas"]["StockOfProductAsOf"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listStockOfStore: {
        parameters: {
            query?: {
                /**
                 * @description A time; changes in the same millisecond are included.
                 * @example 2025-10-28T15:04:05Z
                 */
                as_of?: string;
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path: {
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the store's rows, now or at that time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 1,
                     *       "items": [
                     *         {
                     *           "available": 0,
                     *           "incoming": 0,
                     *           "max_stock": 0,
                     *           "min_stock": 0,
                     *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *           "product_sku": "CAF-ETH-250",
                     *           "quantity": 1,
                     *           "reorder_point": 10,
                     *           "reorder_qty": 50,
                     *           "reserved": 1,
                     *           "store_id": "MAD-001",
                     *           "unavailable": {},
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 4
                     *         }
                     *       ],
                     *       "limit": 1,
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0",
                     *       "offset": 0,
                     *       "store_id": "MAD-001",
                     *       "total": 12
                     *     }
                     */
                    "application/json": components["schemas"]["StockStorePage"] | components["schemas"]["StockStorePageAsOf"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    summarizeStock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The totals of each store. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StockSummary"];
                };
            };
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    transferStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from_store_id": "MAD-001",
                 *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *       "quantity": 5,
                 *       "reason": "Autumn promotion",
                 *       "to_store_id": "BCN-001"
                 *     }
                 */
                "application/json": components["schemas"]["StockTransferRequest"];
            };
        };
        responses: {
            /** @description The transfer, with both rows after it. */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": {
                     *         "available": 0,
                     *         "incoming": 0,
                     *         "max_stock": 0,
                     *         "min_stock": 0,
                     *         "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *         "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *         "product_sku": "CAF-ETH-250",
                     *         "quantity": 1,
                     *         "reorder_point": 10,
                     *         "reorder_qty": 50,
                     *         "reserved": 1,
                     *         "store_id": "MAD-001",
                     *         "unavailable": {},
                     *         "updated_at": "2025-10-28T15:04:05.123Z",
                     *         "version": 4
                     *       },
                     *       "from_store_id": "MAD-001",
                     *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "quantity": 1,
                     *       "reason": "balance",
                     *       "to": {
                     *         "available": 86,
                     *         "incoming": 0,
                     *         "max_stock": 0,
                     *         "min_stock": 0,
                     *         "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *         "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *         "product_sku": "CAF-ETH-250",
                     *         "quantity": 86,
                     *         "reorder_point": 10,
                     *         "reorder_qty": 50,
                     *         "reserved": 0,
                     *         "store_id": "BCN-001",
                     *         "unavailable": {},
                     *         "updated_at": "2025-10-28T15:04:05.123Z",
                     *         "version": 2
                     *       },
                     *       "to_store_id": "BCN-001"
                     *     }
                     */
                    "application/json": components["schemas"]["StockTransfer"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            409: components["responses"]["StockNotChanged"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getStock: {
        parameters: {
            query?: {
                /**
                 * @description A time; changes in the same millisecond are included.
                 * @example 2025-10-28T15:04:05Z
                 */
                as_of?: string;
            };
            header?: {
                /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The row, now or at that time. */
            200: {
                headers: {
                    /**
                     * @description The row's version, in quotes. Absent with as_of.
                     * @example "3"
                     */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "available": 0,
                     *       "incoming": 0,
                     *       "max_stock": 0,
                     *       "min_stock": 0,
                     *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "product_name": "Ethiopia Yirgacheffe coffee beans, 250 g",
                     *       "product_sku": "CAF-ETH-250",
                     *       "quantity": 1,
                     *       "reorder_point": 10,
                     *       "reorder_qty": 50,
                     *       "reserved": 1,
                     *       "store_id": "MAD-001",
                     *       "unavailable": {},
                     *       "updated_at": "2025-10-28T15:04:05.123Z",
                     *       "version": 4
                     *     }
                     */
                    "application/json": components["schemas"]["StockRow"] | components["schemas"]["StockRowAsOf"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    updateStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "quantity": 120,
                 *       "reason": "Yearly count",
                 *       "reorder_point": 15
                 *     }
                 */
                "application/json": components["schemas"]["StockUpdate"];
            };
        };
        responses: {
            200: components["responses"]["StockRow"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            /** @description The quantity is below the reserved units. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "CONFLICT",
                     *       "detail": "The quantity must not be below the 7 units that are reserved.",
                     *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                     *       "status": 409,
                     *       "title": "Conflict with existing data.",
                     *       "type": "urn:inventory:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["VersionMismatch"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    deleteStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The row is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description The row has units, reserved ones, or some on the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "CONFLICT",
                     *       "detail": "The row has 7 units, 2 of them reserved, and 0 on the way: only a row without any can be deleted.",
                     *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                     *       "status": 409,
                     *       "title": "Conflict with existing data.",
                     *       "type": "urn:inventory:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["VersionMismatch"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    setStockThresholds: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reorder_point": 15,
                 *       "reorder_qty": 60
                 *     }
                 */
                "application/json": components["schemas"]["StockThresholds"];
            };
        };
        responses: {
            200: components["responses"]["StockRow"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            412: components["responses"]["VersionMismatch"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    adjustStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "adjustment": -2,
                 *       "reason": "Broken in the store"
                 *     }
                 */
                "application/json": components["schemas"]["StockAdjustment"];
            };
        };
        responses: {
            /** @description The row after the change. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StockRow"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            409: components["responses"]["StockNotChanged"];
            412: components["responses"]["VersionMismatch"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getStockAvailability: {
        parameters: {
            query: {
                /** @example 5 */
                quantity: number;
            };
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The availability. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "available": 0,
                     *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "requested": 2,
                     *       "store_id": "MAD-001",
                     *       "sufficient": false
                     *     }
                     */
                    "application/json": components["schemas"]["StockAvailability"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listStockMovements: {
        parameters: {
            query?: {
                /**
                 * @description A time; changes in the same millisecond are included.
                 * @example 2025-10-28T15:04:05Z
                 */
                as_of?: string;
                /** @description Only changes of this actor, which is the name of an API key, or of the service that acted by itself. */
                actor?: components["parameters"]["Actor"];
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of movements, or with as_of the quantity at that time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 1,
                     *       "limit": 1,
                     *       "movements": [
                     *         {
                     *           "actor": "Admin",
                     *           "change": -1,
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "kind": "transferred_out",
                     *           "quantity": 1,
                     *           "reason": "balance",
                     *           "version": 4
                     *         }
                     *       ],
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0",
                     *       "offset": 0,
                     *       "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "store_id": "MAD-001",
                     *       "total": 3
                     *     }
                     */
                    "application/json": components["schemas"]["StockMovementPage"] | components["schemas"]["StockQuantityAsOf"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFoundOrUnknownStore"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    changeStockState: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The product's id, as the catalog shows it. */
                product_id: components["parameters"]["ProductID"];
                /** @example MAD-001 */
                store_id: components["parameters"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "available",
                 *       "quantity": 2,
                 *       "reason": "Broken in the store",
                 *       "to": "damaged"
                 *     }
                 */
                "application/json": components["schemas"]["StockStateChange"];
            };
        };
        responses: {
            /** @description The row after the change. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StockRow"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Fewer units than that are in the state: available has their number. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "available": 2,
                     *       "code": "INSUFFICIENT_STOCK",
                     *       "detail": "5 units are requested, 2 are available.",
                     *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                     *       "requested": 5,
                     *       "status": 409,
                     *       "title": "Not enough stock.",
                     *       "type": "urn:inventory:problem:insufficient-stock"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["VersionMismatch"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listStores: {
        parameters: {
            query?: {
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of stores. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "active": true,
                     *           "address": "",
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "id": "BCN-001",
                     *           "name": "BCN-001",
                     *           "timezone": "",
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 1
                     *         }
                     *       ],
                     *       "next_cursor": "WyJhMWIyYzNkNGU1ZjYwNzE4Il0"
                     *     }
                     */
                    "application/json": components["schemas"]["StorePage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getStore: {
        parameters: {
            query?: never;
            header?: {
                /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                store_id: components["schemas"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Store"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    putStore: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                store_id: components["schemas"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "active": true,
                 *       "address": "Gran Vía 1, 28013 Madrid",
                 *       "name": "Madrid Centro",
                 *       "timezone": "Europe/Madrid"
                 *     }
                 */
                "application/json": components["schemas"]["StoreDetails"];
            };
        };
        responses: {
            200: components["responses"]["Store"];
            /** @description The new store. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Store"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            412: components["responses"]["VersionMismatch"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    deleteStore: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                store_id: components["schemas"]["StoreID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The store is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionMismatch"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    system: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "broker": "ok",
                     *       "dead_letters": [],
                     *       "dead_letters_total": 0,
                     *       "groups": [
                     *         {
                     *           "group": "notifier",
                     *           "lag": 0,
                     *           "members": 1
                     *         },
                     *         {
                     *           "group": "reservation",
                     *           "lag": 0,
                     *           "members": 1
                     *         },
                     *         {
                     *           "group": "stock",
                     *           "lag": 0,
                     *           "members": 1
                     *         }
                     *       ],
                     *       "services": [
                     *         {
                     *           "broker": "ok",
                     *           "database": "healthy",
                     *           "pending_events": 0,
                     *           "service": "catalog",
                     *           "status": "healthy"
                     *         },
                     *         {
                     *           "broker": "ok",
                     *           "database": "healthy",
                     *           "pending_events": 0,
                     *           "service": "stock",
                     *           "status": "healthy"
                     *         },
                     *         {
                     *           "broker": "ok",
                     *           "database": "healthy",
                     *           "pending_events": 0,
                     *           "service": "reservation",
                     *           "status": "healthy"
                     *         },
                     *         {
                     *           "broker": "ok",
                     *           "database": "healthy",
                     *           "pending_events": 0,
                     *           "service": "notifier",
                     *           "status": "healthy"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["System"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            default: components["responses"]["Problem"];
        };
    };
    replayDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The id of the dead letter, from the state of the installation. */
                id: string & components["schemas"]["Word"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event was sent. */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "event_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "group": "stock",
                     *       "id": "17"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayedDeadLetter"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description There is no broker, or the dead letter is not an event. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "INVALID_STATE",
                     *       "detail": "The dead letter is not an event.",
                     *       "request_id": "1f0c8a52b7e94d36a1c5e8f07b3d2964",
                     *       "status": 409,
                     *       "title": "Not possible in this state.",
                     *       "type": "urn:inventory:problem:invalid-state"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listTransfers: {
        parameters: {
            query?: {
                /** @description Only transfers from or to this store. */
                store_id?: components["schemas"]["StoreID"];
                status?: components["schemas"]["TransferStatus"];
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of transfers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "actor": "Admin",
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "from_store_id": "MAD-001",
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "lines": [
                     *             {
                     *               "damaged": 0,
                     *               "lost": 0,
                     *               "on_the_way": 0,
                     *               "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *               "quantity": 1,
                     *               "received": 0,
                     *               "shipped": 0
                     *             }
                     *           ],
                     *           "reference": "truck-7",
                     *           "status": "requested",
                     *           "to_store_id": "BCN-001",
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "version": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["TransferPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    requestTransfer: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "expected_at": "2025-11-03T09:00:00Z",
                 *       "from_store_id": "MAD-001",
                 *       "lines": [
                 *         {
                 *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *           "quantity": 5
                 *         }
                 *       ],
                 *       "reference": "note-17",
                 *       "to_store_id": "BCN-001"
                 *     }
                 */
                "application/json": components["schemas"]["TransferRequest"];
            };
        };
        responses: {
            /** @description The transfer, in status requested. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transfer"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getTransfer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
                id: components["parameters"]["TransferID"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Transfer"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    cancelTransfer: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
                id: components["parameters"]["TransferID"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "The van broke down"
                 *     }
                 */
                "application/json": {
                    reason?: components["schemas"]["StockReason"];
                } | null;
            };
        };
        responses: {
            200: components["responses"]["TransferChanged"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["TransferNotReceived"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    receiveTransfer: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
                id: components["parameters"]["TransferID"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "lines": [
                 *         {
                 *           "damaged": 1,
                 *           "lost": 1,
                 *           "product_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                 *           "received": 4
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["TransferReceipt"];
            };
        };
        responses: {
            200: components["responses"]["TransferChanged"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["TransferNotReceived"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    shipTransfer: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @example 0199f3a9-2c41-7d0e-8b6a-51f0c3d7e9a4 */
                id: components["parameters"]["TransferID"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never> | null;
            };
        };
        responses: {
            200: components["responses"]["TransferChanged"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["TransferNotShipped"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of webhooks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "active": true,
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "description": "Purchasing",
                     *           "event_types": [
                     *             "stock.low"
                     *           ],
                     *           "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *           "include_aborted": false,
                     *           "store_ids": [],
                     *           "updated_at": "2025-10-28T15:04:05.123Z",
                     *           "url": "https://shop.example/hooks/inventory",
                     *           "version": 1
                     *         }
                     *       ],
                     *       "limit": 1,
                     *       "offset": 0,
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["WebhookCreate"];
        responses: {
            /** @description The new webhook, with its secret. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "active": true,
                     *       "created_at": "2025-10-28T15:04:05.123Z",
                     *       "description": "Purchasing",
                     *       "event_types": [
                     *         "stock.low"
                     *       ],
                     *       "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "include_aborted": false,
                     *       "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
                     *       "store_ids": [],
                     *       "updated_at": "2025-10-28T15:04:05.123Z",
                     *       "url": "https://shop.example/hooks/inventory",
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["TooManyWebhooks"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Entity tags of versions that the caller has, or *; the response is 304 without a body when the resource is at one of them. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Webhook"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    updateWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["WebhookDetails"];
        responses: {
            200: components["responses"]["Webhook"];
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionMismatch"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the version to change, or * for any; any other tag is refused with 412. A weak tag counts as the same version. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionMismatch"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Only deliveries in this state. */
                state?: "pending" | "delivered" | "dead";
                /** @description Maximum number of items in the response. Not together with page and page_size. */
                limit?: components["parameters"]["Limit"];
                /** @description Items to skip at the beginning. They are still read, so a large offset takes time in proportion to it; a page with a cursor does not. */
                offset?: components["parameters"]["Offset"];
                /** @description Number of the page. Not together with limit and offset. */
                page?: components["parameters"]["Page"];
                /** @description Items on a page; 20 when only page is given. */
                page_size?: components["parameters"]["PageSize"];
                /** @description next_cursor of the previous page, with the same filters. Not together with offset, page and page_size. A walk by cursors shows every row that exists all the time and keeps its place in the order, whichever other rows change; offsets move with the rows. */
                cursor?: components["parameters"]["PageCursor"];
            };
            header?: never;
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "attempts": 1,
                     *           "created_at": "2025-10-28T15:04:05.123Z",
                     *           "event_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *           "event_type": "webhook.test",
                     *           "id": "1",
                     *           "last_attempt": {
                     *             "at": "2025-10-28T15:04:05.123Z",
                     *             "failure": "the connection failed",
                     *             "latency_ms": 0
                     *           },
                     *           "next_attempt_at": "2025-10-28T15:04:05.123Z",
                     *           "state": "pending",
                     *           "webhook_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01"
                     *         }
                     *       ],
                     *       "limit": 1,
                     *       "offset": 0,
                     *       "total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
                /** @description The delivery's id, as the list of deliveries shows it. */
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The new delivery, which is pending. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 0,
                     *       "created_at": "2025-10-28T15:04:05.123Z",
                     *       "event_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *       "event_type": "stock.low",
                     *       "id": "1",
                     *       "next_attempt_at": "2025-10-28T15:04:05.123Z",
                     *       "state": "pending",
                     *       "webhook_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01"
                     *     }
                     */
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotDeliverable"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    replayWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "event_types": [
                 *         "stock.low"
                 *       ],
                 *       "from": "2025-10-28T15:00:00Z",
                 *       "to": "2025-10-28T16:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["ReplayRequest"];
            };
        };
        responses: {
            /** @description The replay. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotDeliverable"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["WebhookSecretChange"];
            };
        };
        responses: {
            /** @description The webhook, with its new secret. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "active": true,
                     *       "created_at": "2025-10-28T15:04:05.123Z",
                     *       "description": "Purchasing",
                     *       "event_types": [
                     *         "stock.low"
                     *       ],
                     *       "id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01",
                     *       "include_aborted": false,
                     *       "previous_secret_until": "2025-10-28T15:04:05.123Z",
                     *       "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
                     *       "store_ids": [],
                     *       "updated_at": "2025-10-28T15:04:05.123Z",
                     *       "url": "https://shop.example/hooks/inventory",
                     *       "version": 2
                     *     }
                     */
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same request returns the first response again, marked with Idempotency-Replayed; with another request it is refused with 422. A refusal is not stored, since nothing was done: the key can be used again. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The webhook's id. An id that is not a UUID is an unknown id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The new delivery, which is pending. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 0,
                     *       "created_at": "2025-10-28T15:04:05.123Z",
                     *       "event_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02",
                     *       "event_type": "webhook.test",
                     *       "id": "1",
                     *       "next_attempt_at": "2025-10-28T15:04:05.123Z",
                     *       "state": "pending",
                     *       "webhook_id": "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01"
                     *     }
                     */
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["ValidationError"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotDeliverable"];
            422: components["responses"]["IdempotencyKeyReused"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process and its database respond; status degraded means that the broker does not. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "broker": "ok",
                     *       "database": "healthy",
                     *       "instance_id": "stock-1",
                     *       "pending_events": 0,
                     *       "service": "stock",
                     *       "status": "healthy",
                     *       "timestamp": "2025-10-28T15:04:05.123Z",
                     *       "version": "1.0.0"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The database does not respond. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "broker": "ok",
                     *       "database": "unhealthy",
                     *       "instance_id": "stock-1",
                     *       "pending_events": 0,
                     *       "service": "stock",
                     *       "status": "unhealthy",
                     *       "timestamp": "2025-10-28T15:04:05.123Z",
                     *       "version": "1.0.0"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All metrics, in the text format unless the request accepts another one. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            404: components["responses"]["NotFound"];
            /** @description Too many such requests are in progress. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It should. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ready"
                     *     }
                     */
                    "application/json": {
                        /** @constant */
                        status: "ready";
                    };
                };
            };
            503: components["responses"]["Problem"];
        };
    };
    receiveEvent: {
        parameters: {
            query?: never;
            header: {
                /** @description The id of the event. */
                "webhook-id": string;
                /** @description The time of the request, in seconds since 1970. */
                "webhook-timestamp": number;
                /** @description A signature for each secret that is valid, with spaces between them; each is v1, a comma and the base64 of the HMAC-SHA256. */
                "webhook-signature": string;
                /** @description inventory-notifier and the version. */
                "User-Agent": string;
                /** @description The W3C trace context of the delivery, if it is traced. */
                traceparent?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeliveredEvent"];
            };
        };
        responses: {
            /** @description The endpoint is gone. The webhook is disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The event was accepted. The body is not used; the log of deliveries shows its beginning. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The event is sent again later, and if Retry-After is given, not before that time. A redirect is not followed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
