// pgjdbc: text, then binary from the sixth run on; cursors by setFetchSize; DatabaseMetaData.

import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.*;
import java.time.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PGInterval;
import org.postgresql.util.PGobject;

public class Pgjdbc {
    static final String SLUG = System.getenv("LEAT_CLIENT");
    static final String KINDS = "kinds_" + SLUG, ITEMS = "items_" + SLUG, PAIRS = "pairs_" + SLUG, TAIL = "tail_" + SLUG;
    static final String TAIL_SQL = "SELECT id, word FROM " + TAIL + " EMIT CHANGES";
    static final OffsetDateTime STAMP = OffsetDateTime.of(2026, 11, 20, 4, 38, 16, 682764000, ZoneOffset.UTC);
    static final UUID ID = UUID.fromString("6f1c5a2e-0d4b-4c8e-9a57-0f4a3b2c1d0e");

    static final String[] COLUMNS = ("c_bool c_int2 c_int4 c_int8 c_float4 c_float8 c_numeric c_text c_varchar c_bytea c_date c_time c_timestamptz "
        + "c_interval c_jsonb c_uuid c_bools c_ints c_longs c_floats c_numerics c_texts c_dates c_stamps c_uuids").split(" ");

    interface Try { void run() throws Exception; }

    static void say(Object... words) {
        StringJoiner line = new StringJoiner(" ", "@ ", "");
        for (Object w : words) line.add(String.valueOf(w).replace("\n", " "));
        System.out.println(line);
        System.out.flush();
    }

    static void cell(String name, Try t) {
        try {
            t.run();
            say("ok", name);
        } catch (Throwable e) {
            String where = Arrays.stream(e.getStackTrace()).filter(f -> f.getClassName().startsWith("Pgjdbc") && !f.getMethodName().equals("same")).findFirst().map(f -> "" + f.getLineNumber()).orElse("");
            say("fail", name, e, "(line " + where + ")");
        }
    }

    static void same(Object got, Object want) {
        if (!Objects.deepEquals(got, want)) throw new AssertionError("got " + show(got) + ", want " + show(want));
    }

    static String show(Object o) { return o instanceof Object[] a ? Arrays.deepToString(a) : o instanceof byte[] b ? Arrays.toString(b) : String.valueOf(o); }

    static void fails(String code, Try t) throws Exception {
        try {
            t.run();
        } catch (SQLException e) {
            same(e.getSQLState(), code);
            return;
        }
        throw new AssertionError("no error, want " + code);
    }

    static Connection open(String options) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/leat?user=" + SLUG + "&sslmode=disable" + options);
    }

    static List<List<Object>> ask(Connection c, String sql, Object... args) throws SQLException {
        try (PreparedStatement p = c.prepareStatement(sql)) {
            for (int i = 0; i < args.length; i++) p.setObject(i + 1, args[i]);
            return rows(p.executeQuery());
        }
    }

    static List<List<Object>> rows(ResultSet r, String... only) throws SQLException {
        List<List<Object>> out = new ArrayList<>();
        while (r.next()) {
            List<Object> row = new ArrayList<>();
            if (only.length > 0) for (String c : only) row.add(r.getObject(c));
            else for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) row.add(r.getObject(i));
            out.add(row);
        }
        return out;
    }

    static int one(Connection c) throws SQLException { return (Integer) ask(c, "SELECT 1").get(0).get(0); }

    static PGobject json(String text) throws SQLException {
        PGobject o = new PGobject();
        o.setType("jsonb");
        o.setValue(text);
        return o;
    }

    static Object[][] values(Connection c) throws SQLException {
        return new Object[][] {
            {true, (short) -12345, 2000000000, 9007199254740993L, 0.5f, 0.1, new BigDecimal("12345.67890"), "it's \"ok\" \\n \t 漢字 🚀", "short",
                new byte[] {0, (byte) 0xff, 0x10, (byte) 0xde, (byte) 0xad, (byte) 0xbe, (byte) 0xef, 0x5c, 0x27}, LocalDate.of(2024, 2, 29),
                LocalTime.of(13, 45, 6, 789012000), STAMP, new PGInterval(0, 0, 3, 4, 5, 6.000007), json("{\"a\": [1, 2.5, null], \"ключ\": \"x\\\"y\"}"), ID,
                c.createArrayOf("bool", new Boolean[] {true, false, null}), c.createArrayOf("int4", new Integer[] {1, -2, null, 2147483647}),
                c.createArrayOf("int8", new Long[] {9007199254740993L, null}), c.createArrayOf("float8", new Double[] {0.1, -2.5, null}),
                c.createArrayOf("numeric", new BigDecimal[] {new BigDecimal("1.50"), new BigDecimal("-0.001"), null}),
                c.createArrayOf("text", new String[] {"a b", "c\"d", null, "", "NULL", "e\\f", "x,y", "{z}"}),
                c.createArrayOf("date", new Object[] {"2024-02-29", null}), c.createArrayOf("timestamptz", new Object[] {"2026-11-20 04:38:16.682764+00", null}),
                c.createArrayOf("uuid", new UUID[] {ID, null})},
            {false, (short) 32767, -2147483648, -9223372036854775808L, -1024.25f, 1.7976931348623157e308, new BigDecimal("-999999999999999.99999"), "", "twenty characters ok",
                new byte[0], LocalDate.of(44, 3, 15), LocalTime.MIDNIGHT, OffsetDateTime.of(1901, 1, 1, 0, 0, 0, 1000, ZoneOffset.UTC), new PGInterval(0, 0, -2, 0, 0, 0), json("{}"),
                new UUID(0, 0), c.createArrayOf("bool", new Object[0]), c.createArrayOf("int4", new Object[0]), c.createArrayOf("int8", new Long[] {0L}),
                c.createArrayOf("float8", new Object[0]), c.createArrayOf("numeric", new Object[0]), c.createArrayOf("text", new Object[0]),
                c.createArrayOf("date", new Object[0]), c.createArrayOf("timestamptz", new Object[0]), c.createArrayOf("uuid", new Object[0])},
            new Object[25],
        };
    }

    static void roundTrip(String options, int first, int times) throws Exception {
        try (Connection c = open(options)) {
            String put = "INSERT INTO " + KINDS + " (id, " + String.join(", ", COLUMNS) + ") VALUES (?" + ", ?".repeat(25) + ")";
            try (PreparedStatement p = c.prepareStatement(put); PreparedStatement get = c.prepareStatement("SELECT * FROM " + KINDS + " WHERE id = ?")) {
                Object[][] rows = values(c);
                for (int n = 0; n < times; n++) // the last runs are the binary ones
                    for (int i = 0; i < 3; i++) {
                        ask(c, "DELETE FROM " + KINDS + " WHERE id = ? RETURNING id", first + i);
                        p.setInt(1, first + i);
                        for (int k = 0; k < 25; k++) p.setObject(k + 2, rows[i][k]);
                        same(p.executeUpdate(), 1);
                        get.setInt(1, first + i);
                        try (ResultSet r = get.executeQuery()) {
                            same(r.next(), true);
                            for (int k = 0; k < 25; k++) read(r, k, rows[i][k]);
                        }
                    }
            }
        }
    }

    static void read(ResultSet r, int k, Object want) throws SQLException {
        Object got = r.getObject(k + 2);
        if (want == null) same(got, null);
        else if (want instanceof java.sql.Array a) same(Arrays.deepToString((Object[]) r.getArray(k + 2).getArray()), texts(a));
        else if (want instanceof Short s) same(r.getShort(k + 2), s);
        else if (want instanceof Float f) same(r.getFloat(k + 2), f);
        else if (want instanceof PGobject) same(String.valueOf(got), want.toString());
        else if (want instanceof PGInterval) same(got, want);
        else if (want instanceof OffsetDateTime || want instanceof LocalDate || want instanceof LocalTime) same(r.getObject(k + 2, want.getClass()), want);
        else same(got, want);
    }

    // What getArray() of a value that was read looks like.
    static String texts(java.sql.Array want) throws SQLException {
        return switch (want.getBaseTypeName()) {
            case "date" -> want.toString().contains("2024") ? "[2024-02-29, null]" : "[]";
            case "timestamptz" -> want.toString().contains("2026") ? "[2026-11-20 04:38:16.682764, null]" : "[]";
            default -> Arrays.deepToString((Object[]) want.getArray());
        };
    }

    static void prepared() throws Exception {
        for (String options : List.of("", "&prepareThreshold=1", "&prepareThreshold=0", "&preferQueryMode=simple", "&preferQueryMode=extendedForPrepared", "&preferQueryMode=extendedCacheEverything"))
            try (Connection c = open(options)) {
                int base = Math.abs(options.hashCode() % 1000) * 100;
                try (PreparedStatement put = c.prepareStatement("INSERT INTO " + ITEMS + " (id, name, price, ok) VALUES (?, ?, ?, ?)");
                     PreparedStatement get = c.prepareStatement("SELECT name, price FROM " + ITEMS + " WHERE id = ? AND ok = ?")) {
                    for (int i = base; i < base + 10; i++) {
                        put.setInt(1, i);
                        put.setString(2, "item " + i);
                        put.setBigDecimal(3, new BigDecimal(i + ".25"));
                        put.setBoolean(4, i % 2 == 0);
                        same(put.executeUpdate(), 1);
                        get.setInt(1, i);
                        get.setBoolean(2, i % 2 == 0);
                        same(rows(get.executeQuery()), List.of(List.of("item " + i, new BigDecimal(i + ".25"))));
                    }
                    if (!options.contains("simple")) {
                        same(get.getParameterMetaData().getParameterTypeName(1), "int4");
                        same(get.getMetaData().getColumnTypeName(2), "numeric");
                    }
                }
                same(ask(c, "SELECT count(*) FROM " + ITEMS + " WHERE id = ANY(?)", c.createArrayOf("int4", new Integer[] {base, base + 1, -1})), List.of(List.of(2L)));
                same(ask(c, "SELECT ?::int + 1, ?::text", 41, "x"), List.of(List.of(42, "x")));
                same(ask(c, "SELECT id FROM " + ITEMS + " ORDER BY id LIMIT ?", 5).size(), 5);
            }
    }

    static void copies(Connection c) throws Exception {
        CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
        String data = "1000001\ttab\\there\t1.50\tt\n1000002\tline\\nbreak \\\\ back\t\\N\t\\N\n1000003\t\t3.25\tf\n";
        same(copy.copyIn("COPY " + ITEMS + " (id, name, price, ok) FROM STDIN", new StringReader(data)), 3L);
        StringWriter out = new StringWriter();
        same(copy.copyOut("COPY (SELECT id, name, price, ok FROM " + ITEMS + " WHERE id > 1000000 ORDER BY id) TO STDOUT", out), 3L);
        same(out.toString(), data);
        fails("22P02", () -> copy.copyIn("COPY " + ITEMS + " (id, name) FROM STDIN", new StringReader("no\tx\n")));
        same(one(c), 1);
    }

    static void metadata(Connection c) throws Exception {
        DatabaseMetaData m = c.getMetaData();
        same(m.getDatabaseMajorVersion(), 15);
        for (String t : List.of(KINDS, ITEMS, PAIRS, TAIL)) same(rows(m.getTables(null, "public", t, new String[] {"TABLE"}), "TABLE_NAME"), List.of(List.of(t)));
        same(rows(m.getColumns(null, null, PAIRS, "%"), "COLUMN_NAME", "TYPE_NAME", "DATA_TYPE", "COLUMN_SIZE", "NULLABLE"),
            List.of(List.of("area", "text", 12, 2147483647, 0), List.of("n", "int4", 4, 10, 0), List.of("note", "varchar", 12, 40, 1)));
        same(rows(m.getPrimaryKeys(null, null, PAIRS), "COLUMN_NAME", "KEY_SEQ"), List.of(List.of("area", 1), List.of("n", 2)));
        same(rows(m.getIndexInfo(null, "public", PAIRS, true, true), "COLUMN_NAME"), List.of(List.of("area"), List.of("n")));
        same(rows(m.getBestRowIdentifier(null, null, PAIRS, DatabaseMetaData.bestRowSession, false), "COLUMN_NAME"), List.of(List.of("area"), List.of("n")));
        same(rows(m.getImportedKeys(null, null, PAIRS)), List.of());
        same(rows(m.getSchemas(), "TABLE_SCHEM").contains(List.of("public")), true);
        same(rows(m.getCatalogs(), "TABLE_CAT").contains(List.of("leat")), true);
        for (ResultSet r : List.of(m.getTypeInfo(), m.getTableTypes(), m.getFunctions(null, null, "count"), m.getProcedures(null, null, "%"), m.getTablePrivileges(null, null, PAIRS),
                m.getColumnPrivileges(null, null, PAIRS, "%"), m.getUDTs(null, null, "%", null), m.getClientInfoProperties(), m.getExportedKeys(null, null, PAIRS), m.getCrossReference(null, null, PAIRS, null, null, ITEMS)))
            rows(r);
        same(m.getSQLKeywords().length() > 10 && m.getMaxColumnNameLength() == 63, true);
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("SELECT id, c_numeric, c_varchar, c_ints FROM " + KINDS)) {
            ResultSetMetaData d = r.getMetaData();
            same(List.of(d.getColumnTypeName(1), d.getColumnTypeName(2), d.getPrecision(2), d.getScale(2), d.getPrecision(3), d.getColumnTypeName(4)), List.of("int4", "numeric", 20, 5, 20, "_int4"));
            same(List.of(d.getTableName(1), d.isNullable(1), d.isNullable(2), d.isAutoIncrement(1)), List.of(KINDS, ResultSetMetaData.columnNoNulls, ResultSetMetaData.columnNullable, false));
        }
        // A result set that writes back finds the table and its key by what the rows say of their columns.
        try (Statement s = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)) {
            s.executeUpdate("INSERT INTO " + PAIRS + " (area, n, note) VALUES ('x', 1, 'old')");
            try (ResultSet r = s.executeQuery("SELECT area, n, note FROM " + PAIRS)) {
                same(r.next(), true);
                r.updateString("note", "new");
                r.updateRow();
            }
            same(ask(c, "SELECT note FROM " + PAIRS), List.of(List.of("new")));
        }
    }

    static void tail(String how, Connection c, String options, int fetch, boolean elsewhere) throws Exception {
        try (Connection other = open("")) {
            Object pid = ask(c, "SELECT pg_backend_pid()").get(0).get(0);
            c.setAutoCommit(false);
            say("open", how);
            try (PreparedStatement s = c.prepareStatement(TAIL_SQL)) {
                s.setFetchSize(fetch);
                ResultSet r = s.executeQuery();
                while (r.next()) {
                    say("row", r.getInt(1), r.getString(2));
                    if (r.getString(2).equals("last"))
                        new Thread(() -> {
                            try {
                                Thread.sleep(200);
                                say("cancel");
                                if (elsewhere) ask(other, "SELECT pg_cancel_backend(?)", pid);
                                else c.unwrap(PGConnection.class).cancelQuery(); // Statement.cancel does nothing while a cursor fetches
                            } catch (Exception e) {
                                say("fail", "errors", e);
                            }
                        }).start();
                }
                say("stopped", "00000");
            } catch (SQLException e) {
                say("stopped", e.getSQLState());
            }
            c.rollback();
            c.setAutoCommit(true);
            same(one(c), 1);
            say("again");
        }
    }

    static void errors(Connection c) throws Exception {
        fails("42P01", () -> ask(c, "SELECT * FROM no_such_table"));
        fails("42703", () -> ask(c, "SELECT nope FROM " + ITEMS));
        fails("42601", () -> ask(c, "SELEC 1"));
        fails("22012", () -> ask(c, "SELECT 1 / ?::int", 0));
        fails("22P02", () -> ask(c, "SELECT ?::text::int", "x"));
        try (Statement s = c.createStatement()) {
            s.setQueryTimeout(1);
            fails("57014", () -> s.executeQuery("SELECT pg_sleep(10)"));
        }
        fails("3D000", () -> DriverManager.getConnection("jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/no_such_database?user=" + SLUG));
        same(one(c), 1);
    }

    static void transactions() throws Exception {
        try (Connection c = open("&autosave=always"); Connection d = open(""); Statement s = c.createStatement()) {
            c.setAutoCommit(false);
            s.executeUpdate("INSERT INTO " + ITEMS + " (id) VALUES (2000001)");
            c.rollback();
            s.executeUpdate("INSERT INTO " + ITEMS + " (id) VALUES (2000002)");
            Savepoint p = c.setSavepoint("here");
            s.executeUpdate("INSERT INTO " + ITEMS + " (id) VALUES (2000003)");
            c.rollback(p);
            fails("22012", () -> s.executeQuery("SELECT 1 / 0")); // autosave goes back to its own savepoint
            s.executeUpdate("INSERT INTO " + ITEMS + " (id) VALUES (2000004)");
            c.commit();
            same(ask(d, "SELECT id FROM " + ITEMS + " WHERE id > 2000000 ORDER BY id"), List.of(List.of(2000002), List.of(2000004)));
            d.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            same(d.getTransactionIsolation(), Connection.TRANSACTION_SERIALIZABLE);
            d.setAutoCommit(false);
            fails("22012", () -> ask(d, "SELECT 1 / 0"));
            fails("25P02", () -> ask(d, "SELECT 1"));
            d.rollback();
            d.setReadOnly(true);
            fails("25006", () -> d.createStatement().executeUpdate("INSERT INTO " + ITEMS + " (id) VALUES (2000005)"));
            d.rollback();
        }
    }

    static void batches(Connection c) throws Exception {
        for (String options : List.of("", "&reWriteBatchedInserts=true"))
            try (Connection b = open(options); PreparedStatement p = b.prepareStatement("INSERT INTO " + ITEMS + " (id, name) VALUES (?, ?)")) {
                int base = options.isEmpty() ? 3000000 : 4000000;
                for (int i = 0; i < 300; i++) {
                    p.setInt(1, base + i);
                    p.setString(2, "b " + i);
                    p.addBatch();
                }
                same(p.executeBatch().length, 300);
                same(ask(b, "SELECT count(*) FROM " + ITEMS + " WHERE id >= ? AND id < ?", base, base + 300), List.of(List.of(300L)));
            }
        try (Statement s = c.createStatement()) {
            s.addBatch("SELECT 1");
            s.addBatch("SELECT * FROM no_such_table");
            fails("42P01", s::executeBatch);
            same(s.execute("SELECT 1; SELECT 2"), true);
            same(s.getMoreResults(), true);
        }
        // A cursor stays open while other statements run beside it.
        c.setAutoCommit(false);
        try (Statement s = c.createStatement()) {
            s.setFetchSize(50);
            int n = 0;
            try (ResultSet r = s.executeQuery("SELECT id FROM " + ITEMS + " WHERE id >= 3000000 AND id < 3000300 ORDER BY id")) {
                while (r.next()) {
                    same(r.getInt(1), 3000000 + n);
                    if (n++ % 70 == 0) same(one(c), 1);
                }
            }
            same(n, 300);
        }
        c.commit();
        c.setAutoCommit(true);
        same(c.isValid(2), true);
    }

    public static void main(String[] args) throws Exception {
        say("version", org.postgresql.util.DriverInfo.DRIVER_VERSION);
        Connection c = open("");
        cell("connect", () -> {
            same(one(c), 1);
            same(c.getMetaData().getDatabaseProductName(), "PostgreSQL");
            same(c.getSchema(), "public");
        });
        cell("text", () -> roundTrip("&binaryTransfer=false", 1, 1));
        cell("binary", () -> roundTrip("&prepareThreshold=2", 11, 8));
        cell("prepared", Pgjdbc::prepared);
        cell("copy", () -> copies(c));
        cell("metadata", () -> metadata(c));
        tail("setFetchSize(1), cancelQuery", c, "", 1, false);
        tail("setFetchSize(100), pg_cancel_backend", c, "", 100, true);
        cell("errors", () -> errors(c));
        cell("transactions", Pgjdbc::transactions);
        cell("pool", () -> batches(c));
        System.exit(0);
    }
}
