import COpenSSL

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The only owner of one OpenSSL session. OpenSSL's pointers never leave this file.
///
/// It encrypts and decrypts but performs no input or output: OpenSSL would raise SIGPIPE when it writes to a socket
/// that the peer has closed.
@safe struct TLSSession: ~Copyable {
    private let session: OpaquePointer
    /// Owned by the session.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// A client session. The server's certificate must be valid for `host`.
    init(host: String) throws(RedisError) {
        let session = try unsafe Self.makeSession()
        let isNamed = unsafe Self.setHost(host, of: session)
        guard isNamed, let incoming = unsafe SSL_get_rbio(session), let outgoing = unsafe SSL_get_wbio(session) else {
            unsafe SSL_free(session)
            throw Self.failure("The host's name cannot be verified")
        }
        unsafe self.session = session
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
    }

    deinit {
        unsafe SSL_free(session)
    }

    private static func makeSession() throws(RedisError) -> OpaquePointer {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw failure("No TLS is available") }
        // The session retains the context.
        defer { unsafe SSL_CTX_free(context) }
        _ = unsafe martlet_ssl_require_tls_1_2(context)
        unsafe loadTrustedCertificates(into: context)
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        guard let session = unsafe SSL_new(context) else { throw failure("No TLS session can be made") }
        unsafe SSL_set_bio(session, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()))
        unsafe SSL_set_connect_state(session)
        return unsafe session
    }

    /// Enables verification of the host name, and sends the name to the server.
    private static func setHost(_ host: String, of session: OpaquePointer) -> Bool {
        guard unsafe SSL_set1_host(session, host) == 1 else { return false }
        // Server Name Indication is for names only. https://www.rfc-editor.org/rfc/rfc6066#section-3
        return unsafe isAddress(host) || martlet_ssl_set_server_name(session, host) == 1
    }

    /// Loads certificates from OpenSSL's default paths, which `SSL_CERT_FILE` and `SSL_CERT_DIR` override. The default
    /// paths of a static OpenSSL come from the system it was built on. If they do not exist, loads this system's
    /// bundle.
    private static func loadTrustedCertificates(into context: OpaquePointer) {
        _ = unsafe SSL_CTX_set_default_verify_paths(context)
        let isConfigured = unsafe getenv("SSL_CERT_FILE") != nil || getenv("SSL_CERT_DIR") != nil
        let exists = unsafe [X509_get_default_cert_file(), X509_get_default_cert_dir()].contains { path in
            unsafe path.map { unsafe access($0, R_OK) == 0 } ?? false
        }
        guard !isConfigured, !exists else { return }
        let bundles = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"]
        for bundle in bundles where unsafe SSL_CTX_load_verify_locations(context, bundle, nil) == 1 { return }
    }

    private static func isAddress(_ host: String) -> Bool {
        var storage = in6_addr()
        return unsafe inet_pton(AF_INET, host, &storage) == 1 || inet_pton(AF_INET6, host, &storage) == 1
    }

    // MARK: Handshake

    /// Continues the handshake with the bytes received so far. Returns true when it is complete.
    mutating func continueHandshake() throws(RedisError) -> Bool {
        ERR_clear_error()
        let status = unsafe SSL_do_handshake(session)
        guard status != 1 else { return true }
        guard unsafe SSL_get_error(session, status) == SSL_ERROR_WANT_READ else {
            let verification = unsafe SSL_get_verify_result(session)
            guard verification == Int(X509_V_OK) else {
                let reason = unsafe String(cString: X509_verify_cert_error_string(verification))
                throw RedisError(.connectionFailed, message: "The server's certificate is not accepted: \(reason).")
            }
            throw Self.failure("The TLS handshake failed")
        }
        return false
    }

    // MARK: Bytes

    /// Adds ciphertext received from the peer.
    mutating func receive(_ ciphertext: [UInt8]) {
        // A memory BIO accepts any amount.
        _ = unsafe BIO_write(incoming, ciphertext, Int32(ciphertext.count))
    }

    /// Removes and returns the ciphertext to send to the peer.
    mutating func takeCiphertext() -> [UInt8] {
        let count = unsafe BIO_ctrl_pending(outgoing)
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            guard count > 0 else { return }
            initializedCount = unsafe max(0, Int(BIO_read(outgoing, buffer.baseAddress, Int32(clamping: count))))
        }
    }

    mutating func encrypt(_ plaintext: [UInt8]) throws(RedisError) {
        ERR_clear_error()
        var count = 0
        guard unsafe plaintext.isEmpty || SSL_write_ex(session, plaintext, plaintext.count, &count) == 1 else {
            throw Self.broken()
        }
    }

    /// Appends the plaintext that is available.
    mutating func decrypt(into buffer: inout [UInt8]) throws(RedisError) {
        while true {
            ERR_clear_error()
            var chunk = [UInt8](repeating: 0, count: 16 * 1024)
            var count = 0
            let status = unsafe SSL_read_ex(session, &chunk, chunk.count, &count)
            guard status != 1 else {
                buffer += chunk[..<count]
                continue
            }
            guard unsafe SSL_get_error(session, status) == SSL_ERROR_WANT_READ else { throw Self.broken() }
            return
        }
    }

    private static func broken() -> RedisError {
        RedisError(.connectionLost, message: "The TLS session ended.")
    }

    private static func failure(_ what: String) -> RedisError {
        let code = ERR_get_error()
        let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        return RedisError(.connectionFailed, message: "\(what): \(reason ?? "no reason given").")
    }
}
