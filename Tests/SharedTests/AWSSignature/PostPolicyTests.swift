import AWSSignature
import Crypto
import FoundationEssentials
import Testing

@Suite struct PostPolicyTests {
    private let now = SignatureMoment.ofBotocore
    private let signer = Signer(credentials: .example(), service: "s3", region: "eu-central-1")
    private let verifier = SignatureVerifier(service: "s3") { $0 == "AKIDEXAMPLE" ? .example() : nil }

    // MARK: Valid forms

    @Test(arguments: S3SignatureVectors.posts)
    func acceptsSignaturesByBoto(vector: S3SignatureVectors.Post) throws {
        let verifier = SignatureVerifier(service: "s3") { _ in .example(sessionToken: vector.sessionToken) }
        let form = try PostForm(fields: vector.fields.map { ($0[0], $0[1]) }, bucket: "b", fileName: "x")
        let verified = try #require(try verifier.verify(form, at: now))
        #expect(form["Key"] == "k/x")
        #expect(verified.accessKeyID == "AKIDEXAMPLE")
        #expect(verified.policy.contentLength == 1...10)
    }

    @Test func acceptsItsOwnSignersSignatures() throws {
        let post = signer.presignedPost(
            bucket: "b",
            fields: [("key", "dir/\"quoted\"\\\n.txt"), ("Content-Type", "text/plain")],
            conditions: [.contentLength(0...5), .startsWith(field: "x-amz-meta-a", prefix: "")],
            at: now,
            lifetime: 60
        )
        let form = try PostForm(fields: post.fields + [("x-amz-meta-a", "any")], bucket: "b", fileName: nil)
        #expect(try verifier.verify(form, at: now.addingTimeInterval(59))?.policy.contentLength == 0...5)
        #expect(code { try verifier.verify(form, at: now.addingTimeInterval(60)) } == .accessDenied)
    }

    @Test func signsTheSessionToken() throws {
        let signer = Signer(credentials: .example(sessionToken: "T"), service: "s3", region: "eu-central-1")
        let post = signer.presignedPost(bucket: "b", fields: [("key", "k")], at: now, lifetime: 60)
        let form = try PostForm(fields: post.fields, bucket: "b", fileName: nil)
        #expect(try SignatureVerifier { _ in .example(sessionToken: "T") }.verify(form, at: now) != nil)
        #expect(code { try verifier.verify(form, at: now) } == .invalidToken)
    }

    @Test func formWithoutAPolicyIsAnonymous() throws {
        let form = try PostForm(fields: [("key", "k"), ("acl", "public-read")], bucket: "b", fileName: nil)
        #expect(try verifier.verify(form, at: now) == nil)
    }

    @Test(arguments: [
        ("a.txt", "a.txt"), ("dir/a.txt", "a.txt"), (#"C:\dir\a.txt"#, "a.txt"), ("", ""), ("dir/", "dir"),
    ])
    func substitutesTheFileName(fileName: String, expected: String) throws {
        let form = try PostForm(
            fields: [("KEY", "x/${filename}"), ("x-amz-meta-name", "${filename}"), ("policy", "${filename}")],
            bucket: "b",
            fileName: fileName
        )
        #expect(form["key"] == "x/\(expected)")
        #expect(form["X-Amz-Meta-Name"] == expected)
        #expect(form["policy"] == "${filename}")
    }

    // MARK: Conditions

    @Test(arguments: [
        (#"["eq", "$key", "foo.txt"]"#, true), (#"["eq", "$key", "foo"]"#, false), (#"{"key": "foo.txt"}"#, true),
        (#"["StArTs-WiTh", "$KeY", "foo"]"#, true), (#"["starts-with", "$key", ""]"#, true),
        (#"["starts-with", "$key", "Foo"]"#, false), (#"["starts-with", "$key", "foo.txt2"]"#, false),
    ])
    func checksConditions(condition: String, holds: Bool) throws {
        let form = try form([condition], [("key", "foo.txt")])
        #expect(code { try verifier.verify(form, at: now) } == (holds ? nil : .accessDenied))
    }

    @Test(arguments: [
        ("image/png", true), ("image/png, image/jpeg", true), ("image/png,text/html", false), ("image/png,", false),
    ])
    func everyContentTypeOfAListMustMeetTheCondition(type: String, holds: Bool) throws {
        let form = try form([#"["starts-with","$Content-Type","image/"]"#], [("Content-Type", type)])
        #expect(code { try verifier.verify(form, at: now) } == (holds ? nil : .accessDenied))
    }

    @Test(arguments: [
        (#"["starts-with", "$x-amz-meta-a", ""]"#, true), (#"["starts-with", "$x-amz-meta-a", "b"]"#, false),
        (#"{"x-amz-meta-a": "b"}"#, false),
    ])
    func missingFieldCountsAsEmpty(condition: String, holds: Bool) throws {
        #expect(code { try verifier.verify(form([condition], []), at: now) } == (holds ? nil : .accessDenied))
    }

    @Test(arguments: ["x-amz-meta-extra", "acl", "success_action_status", "Content-Type", "tagging", "submit"])
    func everyFieldNeedsACondition(field: String) throws {
        let form = try form([], [(field, "value")])
        #expect(code { try verifier.verify(form, at: now) } == .accessDenied)
    }

    @Test(arguments: ["x-ignore-this", "X-Ignore-That", "x-amz-checksum-sha256"])
    func someFieldsNeedNoCondition(field: String) throws {
        #expect(try verifier.verify(form([], [(field, "value")]), at: now) != nil)
    }

    @Test func bucketIsTheOneThatTheFormWasSentTo() throws {
        let sent = signed([#"{"bucket": "other"}"#], [("bucket", "other")], bucketCondition: false)
        #expect(code { try verifier.verify(sent("b"), at: now) } == .accessDenied)
        #expect(try verifier.verify(sent("other"), at: now) != nil)
        let open = signed([], [], bucketCondition: false)
        #expect(code { try verifier.verify(open("b"), at: now) } == .accessDenied)
    }

    @Test func contentLengthMustMeetEveryCondition() throws {
        let ranges = [#"["content-length-range", 1, "100"]"#, #"["CONTENT-LENGTH-RANGE", 5, 1000]"#]
        #expect(try verifier.verify(form(ranges, []), at: now)?.policy.contentLength == 5...100)
        #expect(try verifier.verify(form([], []), at: now)?.policy.contentLength == nil)
    }

    @Test func rejectsDuplicateFields() {
        #expect(
            code { try PostForm(fields: [("key", "a"), ("Key", "b")], bucket: "b", fileName: nil) } == .invalidArgument
        )
    }

    // MARK: Malformed policies

    @Test(arguments: [
        "", "{}", "[]", "nonsense", #"{"expiration":"2026-11-22T00:00:00Z"}"#, #"{"conditions":[]}"#,
        #"{"EXPIRATION":"2026-11-22T00:00:00Z","conditions":[]}"#,
        #"{"expiration":"2026-11-22T00:00:00Z","CONDITIONS":[]}"#,
        #"{"expiration":"2026-11-22 00:00:00+00:00","conditions":[]}"#,
        #"{"expiration":"2026-13-22T00:00:00Z","conditions":[]}"#, #"{"expiration":1,"conditions":[]}"#,
        #"{"expiration":"2026-11-22T00:00:00.Z","conditions":[]}"#,
        #"{"expiration":"2026-11-22T00:00:00Z","conditions":{}}"#,
        #"{"expiration":"2026-11-22T00:00:00Z","conditions":[],"more":1}"#,
    ])
    func rejectsMalformedPolicies(json: String) {
        #expect(code { try PostPolicy(base64: Data(json.utf8).base64EncodedString()) } == .invalidPolicy)
    }

    @Test(arguments: [
        "{}", "1", "null", #""eq""#, "[]", #"{"a":"b","c":"d"}"#, #"{"a":1}"#, #"["eq","$key"]"#,
        #"["eq","key","a"]"#, #"["eq","$","a"]"#, #"["eq","$key",1]"#, #"["ends-with","$key","a"]"#,
        #"["eq","$key","a","b"]"#, #"["content-length-range",0]"#, #"["content-length-range",-1,0]"#,
        #"["content-length-range",2,1]"#, #"["content-length-range","x",1]"#, #"["content-length-range",0,1.5]"#,
    ])
    func rejectsMalformedConditions(condition: String) {
        let json = #"{"expiration":"2026-11-22T00:00:00Z","conditions":[\#(condition)]}"#
        #expect(code { try PostPolicy(base64: Data(json.utf8).base64EncodedString()) } == .invalidPolicy)
    }

    @Test func acceptsFractionsOfASecond() throws {
        let json = #"{"expiration":"2026-11-22T00:00:00.000Z","conditions":[]}"#
        let policy = try PostPolicy(base64: Data(json.utf8).base64EncodedString())
        #expect(policy.expiration.timeIntervalSince1970 == 1_795_305_600)
    }

    // MARK: Invalid signatures

    @Test(arguments: [
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "policy", "x-amz-signature",
    ])
    func rejectsAnIncompleteSignature(field: String) throws {
        let post = signer.presignedPost(bucket: "b", fields: [("key", "k")], at: now, lifetime: 60)
        let form = try PostForm(fields: post.fields.filter { $0.name != field }, bucket: "b", fileName: nil)
        #expect(code { try verifier.verify(form, at: now) } == .invalidArgument)
    }

    @Test(arguments: [
        ("x-amz-algorithm", "AWS4-HMAC-SHA1", PostError.Code.invalidArgument),
        ("x-amz-credential", "a", .invalidArgument),
        ("x-amz-credential", "AKIDEXAMPLE/20261121/eu-central-1/sqs/aws4_request", .invalidArgument),
        ("x-amz-credential", "AKIDUNKNOWN/20261121/eu-central-1/s3/aws4_request", .unknownAccessKey),
        ("x-amz-credential", "AKIDEXAMPLE/20261121/us-east-1/s3/aws4_request", .mismatch),
        ("x-amz-date", "20261122T203916Z", .invalidArgument), ("x-amz-date", "yesterday", .invalidArgument),
        ("x-amz-signature", "00", .mismatch), ("x-amz-signature", "x", .mismatch), ("policy", "e30=", .mismatch),
        ("key", "other", .accessDenied),
    ])
    func rejectsAChangedField(name: String, value: String, expected: PostError.Code) throws {
        let post = signer.presignedPost(bucket: "b", fields: [("key", "k")], at: now, lifetime: 60)
        let fields = post.fields.map { $0.name == name ? (name, value) : $0 }
        let form = try PostForm(fields: fields, bucket: "b", fileName: nil)
        #expect(code { try verifier.verify(form, at: now) } == expected)
    }

    @Test(arguments: [
        ("AWSAccessKeyId", "AKIDUNKNOWN", PostError.Code.unknownAccessKey), ("signature", "AAAA", .mismatch),
        ("AWSAccessKeyId", "", .invalidArgument), ("signature", "", .invalidArgument), ("policy", "", .invalidArgument),
    ])
    func rejectsAChangedFieldOfVersion2(name: String, value: String, expected: PostError.Code) throws {
        let vector = try #require(S3SignatureVectors.posts.first { $0.name == "version 2" })
        let fields = vector.fields.map { $0[0] == name ? (name, value) : ($0[0], $0[1]) }
        let form = try PostForm(fields: fields, bucket: "b", fileName: nil)
        #expect(code { try verifier.verify(form, at: now) } == expected)
    }

    @Test func errorCodesHaveS3sNamesAndStatuses() {
        #expect("\(PostError.Code.invalidPolicy) \(PostError.Code.invalidPolicy.status)" == "InvalidPolicyDocument 400")
        #expect("\(PostError.Code.mismatch) \(PostError.Code.mismatch.status)" == "SignatureDoesNotMatch 403")
    }

    // MARK: Helpers

    private func form(_ conditions: [String], _ fields: [(name: String, value: String)]) throws -> PostForm {
        try signed(conditions, fields)("b")
    }

    /// Signs a policy, valid or not, with Version 2, whose own fields need no conditions.
    private func signed(
        _ conditions: [String],
        _ fields: [(name: String, value: String)],
        bucketCondition: Bool = true
    ) -> (_ bucket: String) throws -> PostForm {
        let all = conditions + (bucketCondition ? [#"{"bucket":"b"}"#] : [])
        let json = #"{"expiration":"2026-11-22T00:00:00Z","conditions":[\#(all.joined(separator: ","))]}"#
        let policy = Data(json.utf8).base64EncodedString()
        let signature = Data(
            HMAC<Insecure.SHA1>.authenticationCode(
                for: Array(policy.utf8),
                using: SymmetricKey(data: Array(Credentials.example().secretAccessKey.utf8))
            )
        ).base64EncodedString()
        let added = [("AWSAccessKeyId", "AKIDEXAMPLE"), ("signature", signature), ("policy", policy)]
        return { try PostForm(fields: fields + added, bucket: $0, fileName: nil) }
    }

    private func code(_ body: () throws -> some Any) -> PostError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? PostError)?.code
        }
    }
}
