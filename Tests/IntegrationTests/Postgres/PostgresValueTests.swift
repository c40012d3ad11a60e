import FoundationEssentials
import Postgres
import Testing

/// Round trips of values of every type.
@Suite(.database)
struct PostgresValueTests {
    let database = PostgresTestDatabase.current

    static let texts = [
        "", " ", "plain", "it's", "NULL", "null", "{a,b}", "a,b", #"back\slash"#, #"say "hi""#, "new\nline\r\ttab",
        "$1; DROP TABLE note; --", "'; SELECT pg_sleep(100); --", "redis.call('FLUSHALL')", "👩‍👩‍👧‍👦🏳️‍🌈", "שלום عليكم",
        "e\u{301} \u{FEFF}\u{202E}x", "\u{1}\u{7F}\u{FFFF}\u{10FFFF}", String(repeating: "größer", count: 150_000),
    ]

    @Test(arguments: texts)
    func textRoundTrips(text: String) async throws {
        let client = database.client()
        let echo = try await client.run(EchoText(parameter: .text(text)))
        #expect(echo.first??.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test(arguments: [0, 1, -1, 42, -1_000_000, .max, .min] as [Int64])
    func integersRoundTrip(integer: Int64) async throws {
        #expect(try await database.client().run(EchoInteger(parameter: .integer(integer))) == [integer])
    }

    @Test(arguments: [true, false])
    func booleansRoundTrip(boolean: Bool) async throws {
        #expect(try await database.client().run(EchoBoolean(parameter: .boolean(boolean))) == [boolean])
    }

    @Test func identifiersRoundTrip() async throws {
        let client = database.client()
        for uuid in [UUID(), try #require(UUID(uuidString: "00000000-0000-0000-0000-000000000000"))] {
            #expect(try await client.run(EchoUUID(parameter: .uuid(uuid))) == [uuid])
        }
    }

    @Test(arguments: [[], [""], ["NULL"], ["null", "", "NULL"], ["{}", "{,}"], texts])
    func arraysRoundTrip(array: [String]) async throws {
        #expect(try await database.client().run(EchoTextArray(parameter: .textArray(array))) == [array])
    }

    @Test func nullsRoundTrip() async throws {
        let client = database.client()
        #expect(try await client.run(EchoText(parameter: .null)) == [nil])
        #expect(try await client.run(EchoInteger(parameter: .null)) == [nil])
        #expect(try await client.run(EchoBoolean(parameter: .null)) == [nil])
        #expect(try await client.run(EchoUUID(parameter: .null)) == [nil])
        #expect(try await client.run(EchoTextArray(parameter: .null)) == [nil])
    }

    @Test(arguments: [.text("a\0b"), .text("\0"), .textArray(["fine", "a\0"])] as [Parameter])
    func textWithNULIsRejectedBeforeAnythingIsSent(parameter: Parameter) async throws {
        let client = database.client()
        let error = await #expect(throws: PostgresError.self) {
            try await client.run(EchoText(parameter: parameter))
        }
        #expect(error?.code == .invalidParameter)
        #expect(try await client.run(PreparedStatements()) == [PreparedStatements.sql])
    }

    @Test func rowsKeepTheirOrder() async throws {
        struct Series: Statement {
            static let sql = "SELECT i, i * 2 FROM generate_series(1, $1::bigint) AS i ORDER BY i DESC"
            var parameters: [Parameter] { [.integer(1000)] }
            static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> [Int64] {
                [try row.integer(0), try row.integer(1)]
            }
        }
        let rows = try await database.client().run(Series())
        #expect(rows == (1...1000).reversed().map { [Int64($0), Int64($0) * 2] })
    }

    struct Misread: Statement {
        static let sql =
            "SELECT 'words', NULL::text, ARRAY['a', NULL], ARRAY[['a'], ['b']], 9223372036854775808::numeric"
        var parameters: [Parameter] { [] }

        /// Reads the row's columns as wrong types, and returns the error codes.
        static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> [PostgresError.Code] {
            var codes: [PostgresError.Code] = []
            do throws(PostgresError) { _ = try row.integer(0) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.boolean(0) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.uuid(0) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.textArray(0) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.text(1) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.textArray(2) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.textArray(3) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.integer(4) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.text(5) } catch { codes.append(error.code) }
            do throws(PostgresError) { _ = try row.text(-1) } catch { codes.append(error.code) }
            return codes
        }
    }

    @Test func columnsOfAnotherTypeAreRejected() async throws {
        let codes = try await database.client().run(Misread())
        #expect(codes == [Array(repeating: .decoding, count: 10)])
    }
}
