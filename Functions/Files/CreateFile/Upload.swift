/// What a client has to do to upload a file.
enum Upload: Encodable, Hashable {
    case form(Form)
    case parts(Parts)

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .form(let form): try form.encode(to: encoder)
        case .parts(let parts): try parts.encode(to: encoder)
        }
    }

    /// One `POST` of `multipart/form-data`: all of these fields, and after them the bytes in a field `file`.
    struct Form: Encodable, Hashable {
        var method = "POST"
        var url: String
        var fields: [String: String]
    }

    /// A `PUT` of each part, in any order and several at once; each answer's `ETag` has to be kept. Then a `POST` to
    /// ``complete`` with a body that names them all in order:
    ///
    ///     <CompleteMultipartUpload>
    ///       <Part><PartNumber>1</PartNumber><ETag>"…"</ETag></Part>
    ///     </CompleteMultipartUpload>
    ///
    /// Its answer is 200 even where it failed, and says `<Error>` then.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    struct Parts: Encodable, Hashable {
        struct Part: Encodable, Hashable {
            var partNumber: Int
            /// In bytes, no more and no less: the length is signed.
            var size: Int64
            var url: String
        }

        struct Request: Encodable, Hashable {
            var method: String
            var url: String
        }

        var method = "PUT"
        var parts: [Part]
        var complete: Request
        /// For whoever changes their mind.
        var abort: Request
    }
}
