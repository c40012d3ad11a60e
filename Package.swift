// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "martlet",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // MARK: Functions, WebSocket
        function("Authorize", uses: ["Identity"]),
        function("Connect", uses: ["Connections"]),
        function("Disconnect", uses: ["Connections"]),
        function("Heartbeat", uses: ["Connections"]),
        function("DefaultRoute"),
        function("SendMessage", uses: ["FileCredentials", "ManagementAPI", "Messages"]),
        function("ReadMessages", uses: ["ChatStore", "ManagementAPI"]),

        // MARK: Functions, HTTP
        function("CreateConversation", uses: ["ChatStore"]),
        function("GetConversation", uses: ["ChatStore"]),
        function("ListConversations", uses: ["ChatStore"]),
        function("ListMessages", uses: ["FileCredentials", "Messages"]),
        function("ListParticipants", uses: ["ChatStore"]),
        function("GetDirectConversation", uses: ["ChatStore"]),

        // MARK: Functions, files
        function("CreateFile", uses: ["Uploads"]),
        function("ConfirmUpload", uses: ["ServiceEvents", "Uploads"]),
        function("SweepFiles", uses: ["ServiceEvents", "Uploads"]),
        function("FileProxyViewer", uses: ["FileCredentials"]),
        function("FileProxyOrigin", uses: ["FileCredentials", "Images", "ObjectStorage"]),

        // MARK: Functions, deployment
        function("MigrateSchema", uses: ["ChatStore", "ServiceEvents", .asyncHTTPClient] + .nioHTTP),

        // MARK: Shared
        .systemLibrary(
            name: "CLibPQ",
            path: "Shared/CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .systemLibrary(
            name: "CHiredis",
            path: "Shared/CHiredis",
            pkgConfig: "hiredis",
            providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]
        ),
        .systemLibrary(
            name: "COpenSSL",
            path: "Shared/COpenSSL",
            pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]
        ),
        module("LambdaEvents", in: "Shared"),
        module("ServiceEvents", in: "Shared"),
        module("LambdaRuntime", in: "Shared", uses: ["BlockingIO", .logging]),
        module("AWSSignature", in: "Shared", uses: [.crypto]),
        module("BlockingIO", in: "Shared", unsafe: true),
        module("Postgres", in: "Shared", uses: ["BlockingIO", "CLibPQ"], unsafe: true),
        module("Redis", in: "Shared", uses: ["BlockingIO", "CHiredis", "COpenSSL"], unsafe: true),
        module("Identity", in: "Shared", uses: [.asyncHTTPClient, .jwt] + .nioHTTP),
        module("ChatCore", in: "Shared", uses: ["LambdaEvents", "LambdaRuntime", .logging]),
        module("ChatStore", in: "Shared", uses: ["ChatCore", "Postgres"], embedding: ["Schema"]),
        module("Connections", in: "Shared", uses: ["ChatCore", "Redis", .logging]),
        module("Files", in: "Shared", uses: ["ChatCore"]),
        module("FileCredentials", in: "Shared", uses: ["COpenSSL", "Files"], unsafe: true),
        module("Messages", in: "Shared", uses: ["ChatStore", "Files"]),
        module("Images", in: "Shared", uses: ["BlockingIO"], unsafe: true),
        .executableTarget(
            name: "ImageWorker",
            path: "Shared/ImageWorker",
            linkerSettings: [.linkedLibrary("m"), .linkedLibrary("dl")]
        ),
        module("AWSClient", in: "Shared", uses: [.asyncHTTPClient] + .nioHTTP),
        module(
            "ManagementAPI",
            in: "Shared",
            uses: ["AWSClient", "AWSSignature", "ChatCore", "Connections", .asyncHTTPClient] + .nioHTTP
        ),
        module(
            "ObjectStorage",
            in: "Shared",
            uses: ["AWSClient", "AWSSignature", .asyncHTTPClient] + .nioHTTP
        ),
        module("Uploads", in: "Shared", uses: ["ChatStore", "Files", "ObjectStorage", "Redis"]),

        // MARK: LocalRuntime
        module("Activity", in: "LocalRuntime"),
        module("SAMTemplate", in: "LocalRuntime", uses: [.yams]),
        module("HTTPListener", in: "LocalRuntime", uses: [.logging] + .nio),
        module("FormData", in: "LocalRuntime", uses: .nio, unsafe: true, optimized: true),
        module("GatewayCore", in: "LocalRuntime", uses: .nio),
        module("ObjectChecksums", in: "LocalRuntime", uses: [.crypto], unsafe: true, optimized: true),
        module("ChildProcesses", in: "LocalRuntime", uses: [.subprocess, .system]),
        module(
            "ObjectStore",
            in: "LocalRuntime",
            uses: ["GatewayCore", .crypto, .logging] + .nio
        ),
        module(
            "S3API",
            in: "LocalRuntime",
            uses: [
                "AWSSignature", "FormData", "GatewayCore", "HTTPListener", "ObjectChecksums", "ObjectStore",
                .crypto, .logging,
            ] + .nio
        ),
        module(
            "LambdaHost",
            in: "LocalRuntime",
            uses: ["Activity", "ChildProcesses", "HTTPListener", .logging] + .nio
        ),
        module(
            "WebSocketGateway",
            in: "LocalRuntime",
            uses: [
                "Activity", "AWSSignature", "GatewayCore", "HTTPListener", "LambdaHost", "SAMTemplate", .logging,
            ] + .nio
        ),
        module(
            "HTTPGateway",
            in: "LocalRuntime",
            uses: ["Activity", "GatewayCore", "HTTPListener", "LambdaHost", "SAMTemplate", .logging] + .nio
        ),
        module(
            "Queues",
            in: "LocalRuntime",
            uses: ["GatewayCore", "HTTPListener", .crypto, .system] + .nio
        ),
        module(
            "EventSources",
            in: "LocalRuntime",
            uses: ["Activity", "GatewayCore", "LambdaHost", "ObjectStore", "Queues", "SAMTemplate"] + .nio
        ),
        module("LocalServices", in: "LocalRuntime", uses: ["ChildProcesses", .logging]),
        module(
            "DevConsole",
            in: "LocalRuntime",
            uses: ["Activity", "HTTPListener", "LambdaHost", .crypto, .cryptoExtras, .jwt] + .nio,
            embedding: ["Page"]
        ),
        .executableTarget(
            name: "LocalRuntime",
            dependencies: [
                "Activity", "AWSSignature", "ChildProcesses", "DevConsole", "EventSources", "GatewayCore",
                "HTTPGateway", "HTTPListener", "Identity", "LambdaHost", "LocalServices", "ObjectStore", "Queues",
                "S3API", "SAMTemplate", "WebSocketGateway",
                .argumentParser, .logging, .serviceLifecycle, .subprocess, .system, .unixSignals,
            ] + .nio,
            path: "LocalRuntime/LocalRuntime"
        ),

        // MARK: Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "ChatCore", "ChatStore", "Connections", "LambdaEvents", "LambdaRuntime", "ObjectStorage", "Postgres",
                "Redis",
            ],
            path: "Tests/Support"
        ),
        test(
            "FunctionTests",
            uses: functionNames.map { .init(stringLiteral: $0) } + [
                "Files", "Messages", "ServiceEvents", "TestSupport", "Uploads",
            ]
        ),
        .executableTarget(name: "EchoFunction", dependencies: ["LambdaRuntime", .logging], path: "Tests/EchoFunction"),
        test(
            "SharedTests",
            uses: [
                "AWSClient", "AWSSignature", "BlockingIO", "ChatCore", "Connections", "EchoFunction", "FileCredentials",
                "Files", "Identity", "Images", "LambdaEvents", "LambdaRuntime", "ManagementAPI", "ObjectStorage",
                .crypto,
                .cryptoExtras, .jwt, .logging,
            ] + .nio
        ),
        test(
            "LocalRuntimeTests",
            uses: [
                "Activity", "AWSSignature", "ChildProcesses", "DevConsole", "EventSources", "FormData", "GatewayCore",
                "HTTPGateway", "HTTPListener", "LambdaHost", "LocalServices", "ObjectChecksums", "ObjectStore",
                "Queues",
                "S3API", "SAMTemplate",
                "WebSocketGateway",
                .asyncHTTPClient, .jwt, .logging, .subprocess,
            ] + .nio
        ),
        test(
            "IntegrationTests",
            uses: functionNames.map { .init(stringLiteral: $0) } + [
                "ChatCore", "Connections", "Messages", "Postgres", "Redis", "TestSupport", "Uploads", .logging,
            ]
        ),
    ]
)

/// Every function's name, which is its folder's, its target's and its product's.
var functionNames: [String] {
    [
        "Authorize", "Connect", "Disconnect", "Heartbeat", "DefaultRoute", "SendMessage", "ReadMessages",
        "CreateConversation", "GetConversation", "ListConversations", "ListMessages", "ListParticipants",
        "GetDirectConversation", "CreateFile", "ConfirmUpload", "SweepFiles", "FileProxyViewer", "FileProxyOrigin",
        "MigrateSchema",
    ]
}

/// One Lambda function: an executable whose sources are `Functions/<name>`.
func function(_ name: String, uses extra: [Target.Dependency] = []) -> Target {
    .executableTarget(name: name, dependencies: ["ChatCore"] + extra, path: "Functions/\(name)")
}

/// One library whose sources are `<folder>/<name>`; `embedding` names folders compiled in as bytes. What looks at every
/// byte of a large object is `optimized` in debug builds too.
func module(
    _ name: String,
    in folder: String,
    uses dependencies: [Target.Dependency] = [],
    unsafe: Bool = false,
    optimized: Bool = false,
    embedding: [String] = []
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "\(folder)/\(name)",
        resources: embedding.map { .embedInCode($0) },
        swiftSettings: (unsafe ? [.strictMemorySafety()] : []) + (optimized ? [.unsafeFlags(["-O"])] : [])
    )
}

func test(_ name: String, uses dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)")
}

extension Target.Dependency {
    static var argumentParser: Self { .product(name: "ArgumentParser", package: "swift-argument-parser") }
    static var asyncHTTPClient: Self { .product(name: "AsyncHTTPClient", package: "async-http-client") }
    static var crypto: Self { .product(name: "Crypto", package: "swift-crypto") }
    static var cryptoExtras: Self { .product(name: "CryptoExtras", package: "swift-crypto") }
    static var jwt: Self { .product(name: "JWTKit", package: "jwt-kit") }
    static var logging: Self { .product(name: "Logging", package: "swift-log") }
    static var serviceLifecycle: Self { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
    static var subprocess: Self { .product(name: "Subprocess", package: "swift-subprocess") }
    static var system: Self { .product(name: "SystemPackage", package: "swift-system") }
    static var unixSignals: Self { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
    static var yams: Self { .product(name: "Yams", package: "Yams") }
}

extension [Target.Dependency] {
    /// What a client of async-http-client names of NIO.
    static var nioHTTP: Self {
        ["NIOCore", "NIOHTTP1", "NIOPosix"].map { .product(name: $0, package: "swift-nio") }
    }
    static var nio: Self {
        ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"].map { .product(name: $0, package: "swift-nio") }
    }
}

for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .treatAllWarnings(as: .error),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .enableUpcomingFeature("InferIsolatedConformances"),
        ]
}
