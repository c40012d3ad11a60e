import CNameService

/// Where the C library looks up host names and users.
enum NameService {
    /// Looks up host names in `/etc/hosts` and by DNS, and users in `/etc/passwd`, whatever `/etc/nsswitch.conf` says.
    ///
    /// A static executable has only these two services. Images name others, such as `resolve` or `sss`, which the C
    /// library would load from shared objects of the image, built for another version of it, and may name no DNS. Call it
    /// before the first look-up.
    static func useFilesAndDNS() {
        _ = __nss_configure_lookup("hosts", "files dns")
        for database in ["passwd", "group", "services", "protocols", "networks"] {
            _ = __nss_configure_lookup(database, "files")
        }
    }
}
