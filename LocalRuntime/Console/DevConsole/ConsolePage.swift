import HTTPListener
import NIOCore
import NIOHTTP1

/// The files of the console page, which are compiled into the program.
enum ConsolePage {
    /// - Parameters:
    ///   - path: The path after `/_local/`.
    ///   - host: The request's `Host`, already checked to be a trusted name.
    ///   - servicesURL: The URL to which the page uploads files.
    static func file(at path: Substring, host: String, servicesURL: String) -> OutgoingResponse? {
        guard let (bytes, type) = content(of: path) else { return nil }
        return OutgoingResponse(
            status: .ok,
            headers: [
                "Content-Type": "\(type); charset=utf-8",
                "Cache-Control": "no-cache",
                "Content-Security-Policy": policy(host: host, servicesURL: servicesURL),
                "Cross-Origin-Opener-Policy": "same-origin",
                "Referrer-Policy": "no-referrer",
            ],
            body: .bytes(ByteBuffer(bytes: bytes))
        )
    }

    private static func content(of path: Substring) -> (bytes: [UInt8], type: String)? {
        switch path {
        case "": (PackageResources.index_html, "text/html")
        case "style.css": (PackageResources.style_css, "text/css")
        case "app.js": (PackageResources.app_js, "text/javascript")
        case "activity.js": (PackageResources.activity_js, "text/javascript")
        case "chat-client.js": (PackageResources.chat_client_js, "text/javascript")
        case "chat-pane.js": (PackageResources.chat_pane_js, "text/javascript")
        case "details.js": (PackageResources.details_js, "text/javascript")
        case "files.js": (PackageResources.files_js, "text/javascript")
        case "dom.js": (PackageResources.dom_js, "text/javascript")
        case "raw-pane.js": (PackageResources.raw_pane_js, "text/javascript")
        default: nil
        }
    }

    /// Allows scripts, styles and images of this listener, a favicon in a `data:` URL, and connections to this listener
    /// and to the AWS services.
    ///
    /// In some browsers `'self'` does not include WebSockets, so their URLs are listed.
    private static func policy(host: String, servicesURL: String) -> String {
        """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
        connect-src 'self' ws://\(host) wss://\(host) \(servicesURL); base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """
    }
}
