// swift-tools-version: 6.2

import PackageDescription

/// `make bundle` sets it: one `swift build` then builds the executables that Lambda runs, and nothing else.
let buildsOnlyBundles = Context.environment["MARTLET_BUNDLES"] != nil

// MARK: The chat's functions

/// Every Lambda function, by its folder in `Functions/`; the folder's name is the function's, its target's and its
/// product's. `Scripts/new-function` and `Scripts/check-layout` read this table.
let functions: [Target] = [
    function("Connections/Authorize", uses: ["Authentication"]),
    function("Connections/Connect", uses: ["ManagementAPI"]),
    function("Connections/Disconnect", uses: ["Connections"]),
    function("Connections/Heartbeat", uses: ["Connections"]),
    function("Connections/Authenticate", uses: ["Authentication", "Connections"]),
    function("Connections/DefaultRoute"),

    function("Messages/SendMessage", uses: ["FileCredentials", "ManagementAPI", "Messages"]),
    function("Messages/ReadMessages", uses: ["ChatStore", "ManagementAPI"]),
    function("Messages/ListMessages", uses: ["FileCredentials", "Messages", "RateLimits"]),

    function("Rooms/CreateConversation", uses: ["ChatStore", "RateLimits"]),
    function("Rooms/GetConversation", uses: ["ChatStore", "RateLimits"]),
    function("Rooms/GetDirectConversation", uses: ["ChatStore", "RateLimits"]),
    function("Rooms/ListConversations", uses: ["ChatStore", "RateLimits"]),
    function("Rooms/ListParticipants", uses: ["ChatStore", "RateLimits"]),

    function("Files/CreateFile", uses: ["ChatStore", "Files", "ObjectStorage", "RateLimits"]),
    function("Files/ConfirmUpload", uses: ["S3Events", "ServiceEvents", "Uploads"]),
    function("Files/SweepFiles", uses: ["ServiceEvents", "Uploads"]),
    function("Files/FileProxyViewer", uses: ["FileCredentials"]),
    function("Files/FileProxyOrigin", uses: ["FileCredentials", "Images", "ObjectStorage", "Workers"]),

    function("Deployment/MigrateSchema", uses: ["ChatStore", "ServiceEvents", .asyncHTTPClient] + .nioHTTP),
]

// MARK: What functions share

let shared: [Target] = [
    module("Shared/Lambda/LambdaEvents"),
    module("Shared/Lambda/S3Events"),
    module("Shared/Lambda/ServiceEvents"),
    module("Shared/Lambda/LambdaRuntime", uses: ["BlockingIO", "ByteEncodings", "CNameService", .logging]),
    .systemLibrary(name: "CNameService", path: "Shared/Lambda/CNameService"),

    module("Shared/Chat/ChatCore", uses: ["ByteEncodings", "LambdaEvents", "LambdaRuntime", .logging]),
    module("Shared/Chat/Authentication", uses: ["ChatCore", "Identity", .logging]),
    module("Shared/Chat/ChatStore", uses: ["ChatCore", "Postgres"], embedding: ["Schema"]),
    module("Shared/Chat/RateLimits", uses: ["ChatCore", "Redis", .logging]),
    module("Shared/Chat/Connections", uses: ["ChatCore", "RateLimits", "Redis", .logging]),
    module("Shared/Chat/Messages", uses: ["ChatStore", "Files"]),
    module("Shared/Chat/Files", uses: ["ChatCore"]),
    module("Shared/Chat/FileCredentials", uses: ["ByteEncodings", "COpenSSL", "Files"], unsafe: true),
    module("Shared/Chat/Uploads", uses: ["ChatStore", "Files", "ObjectStorage"], optimized: true),

    module("Shared/AWS/AWSSignature", uses: ["ByteEncodings", .crypto]),
    module("Shared/AWS/EventLoopExecution", uses: .nioHTTP),
    module(
        "Shared/AWS/AWSClient",
        uses: ["AWSSignature", "EventLoopExecution", "LambdaRuntime", .asyncHTTPClient] + .nioHTTP
    ),
    module(
        "Shared/AWS/ManagementAPI",
        uses: [
            "AWSClient", "AWSSignature", "ByteEncodings", "ChatCore", "Connections", "EventLoopExecution",
            .asyncHTTPClient,
        ] + .nioHTTP
    ),
    module(
        "Shared/AWS/ObjectStorage",
        uses: [
            "AWSClient", "AWSSignature", "ByteEncodings", "EventLoopExecution", "LambdaRuntime", .asyncHTTPClient,
        ] + .nioHTTP
    ),

    module("Shared/Data/ByteEncodings"),
    module("Shared/Data/BlockingIO", unsafe: true),
    module("Shared/Data/Postgres", uses: ["BlockingIO", "CLibPQ"], unsafe: true),
    module("Shared/Data/Redis", uses: ["BlockingIO", "CHiredis", "COpenSSL"], unsafe: true),
    systemLibrary("Shared/Data/CLibPQ", pkgConfig: "libpq", apt: "libpq-dev", brew: "libpq"),
    systemLibrary("Shared/Data/CHiredis", pkgConfig: "hiredis", apt: "libhiredis-dev", brew: "hiredis"),
    systemLibrary("Shared/Data/COpenSSL", pkgConfig: "openssl", apt: "libssl-dev", brew: "openssl@3"),

    module("Shared/Identity", uses: ["ByteEncodings", .asyncHTTPClient, .jwt] + .nioHTTP),
    module("Shared/Media/Images", uses: ["BlockingIO", "Workers"], unsafe: true),
    module("Shared/Media/Workers", uses: ["BlockingIO", "WorkerSandbox"], unsafe: true),
    .target(name: "WorkerSandbox", path: "Shared/Media/WorkerSandbox", publicHeadersPath: "."),
    .executableTarget(
        name: "ImageWorker",
        dependencies: ["WorkerSandbox"],
        path: "Shared/Media/ImageWorker",
        linkerSettings: [.linkedLibrary("m"), .linkedLibrary("dl")]
    ),
]

// MARK: AWS on one machine

let emulators: [Target] = [
    module("LocalRuntime/EmulatorCore", uses: ["ByteEncodings"] + .nio, optimized: true),
    module("LocalRuntime/Journal", uses: ["EmulatorCore", .system] + .nio),

    module("LocalRuntime/SAM/SAMTemplate", uses: ["EmulatorCore", .yams]),

    module("LocalRuntime/APIGateway/HTTPListener", uses: ["EmulatorCore", "EventLoopExecution", .logging] + .nio),
    module("LocalRuntime/AWSRequests", uses: ["AWSSignature", "EmulatorCore", "HTTPListener"] + .nio),
    module("LocalRuntime/APIGateway/GatewayCore", uses: ["ByteEncodings", "EmulatorCore"] + .nio),
    module(
        "LocalRuntime/APIGateway/WebSocketGateway",
        uses: [
            "Activity", "AWSRequests", "AWSSignature", "EmulatorCore", "GatewayCore", "HTTPListener", "LambdaHost",
            "SAMTemplate", .logging,
        ] + .nio
    ),
    module(
        "LocalRuntime/APIGateway/HTTPGateway",
        uses: ["Activity", "EmulatorCore", "GatewayCore", "HTTPListener", "LambdaHost", "SAMTemplate", .logging] + .nio
    ),

    module(
        "LocalRuntime/Lambda/LambdaHost",
        uses: ["Activity", "ByteEncodings", "ChildProcesses", "EmulatorCore", "HTTPListener"] + .nio
    ),
    module(
        "LocalRuntime/Lambda/EventSources",
        uses: ["Activity", "EmulatorCore", "LambdaHost", "ObjectStore", "SQS", "SAMTemplate"] + .nio
    ),

    module("LocalRuntime/S3/FormData", uses: ["ByteEncodings"] + .nio, unsafe: true, optimized: true),
    module("LocalRuntime/S3/ObjectChecksums", uses: [.crypto], unsafe: true, optimized: true),
    module(
        "LocalRuntime/S3/ObjectStore",
        uses: ["ByteEncodings", "EmulatorCore", "Journal", .crypto, .logging] + .nio
    ),
    module(
        "LocalRuntime/S3/S3API",
        uses: [
            "AWSRequests", "AWSSignature", "ByteEncodings", "EmulatorCore", "FormData", "HTTPListener",
            "ObjectChecksums", "ObjectStore", .crypto, .logging,
        ] + .nio
    ),

    module(
        "LocalRuntime/SQS/SQS",
        uses: ["ByteEncodings", "EmulatorCore", "HTTPListener", "Journal", .crypto, .heap] + .nio
    ),

    module("LocalRuntime/Console/Activity"),
    module(
        "LocalRuntime/Console/DevConsole",
        uses: [
            "Activity", "ByteEncodings", "EmulatorCore", "HTTPListener", "LambdaHost", .crypto, .cryptoExtras, .jwt,
        ] + .nio,
        embedding: ["Page"]
    ),

    module("LocalRuntime/Processes/ChildProcesses", uses: [.subprocess, .system]),
    module("LocalRuntime/Processes/BackingServices", uses: ["ByteEncodings", "ChildProcesses", "EmulatorCore"]),
]

let localRuntime: Target = .executableTarget(
    name: "LocalRuntime",
    dependencies: emulators.map(\.itself) + [
        "AWSSignature", "Identity",
        .argumentParser, .logging, .serviceLifecycle, .subprocess, .system, .unixSignals,
    ] + .nio,
    path: "LocalRuntime/LocalRuntime"
)

// MARK: Tests, one target per part

/// The modules of `Shared`, without C.
let libraries = shared.filter { $0.type == .regular && $0.name != "WorkerSandbox" }

let tests: [Target] = [
    .target(
        name: "TestSupport",
        dependencies: [
            "ChatCore", "ChatStore", "Connections", "LambdaRuntime", "ObjectStorage", "Postgres", "RateLimits", "Redis",
        ],
        path: "Tests/Support"
    ),
    .executableTarget(name: "EchoFunction", dependencies: ["LambdaRuntime", .logging], path: "Tests/EchoFunction"),
    test("FunctionTests", uses: (functions + libraries).map(\.itself) + ["TestSupport", .yams]),
    test(
        "SharedTests",
        uses: libraries.map(\.itself) + [
            "EchoFunction", "TestSupport", .crypto, .cryptoExtras, .inMemoryLogging, .jwt, .logging,
        ] + .nio
    ),
    test(
        "LocalRuntimeTests",
        uses: emulators.map(\.itself) + [
            "AWSSignature", "ByteEncodings", .asyncHTTPClient, .jwt, .logging, .subprocess,
        ] + .nio
    ),
    test(
        "IntegrationTests",
        uses: (functions + libraries).map(\.itself) + ["TestSupport", .inMemoryLogging, .logging]
    ),
]

// MARK: Benchmarks

let bench: Target = .executableTarget(
    name: "bench",
    dependencies: ["Messages", .subprocess, .system] + .nio,
    path: "Benchmarks/bench"
)

let package = Package(
    name: "martlet",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
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
    targets: buildsOnlyBundles
        ? (functions + shared + tests).filter { $0.type != .test && !["ImageWorker", "TestSupport"].contains($0.name) }
        : functions + shared + emulators + [localRuntime] + tests + [bench]
)

for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    let features = [
        "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility", "NonisolatedNonsendingByDefault",
        "InferIsolatedConformances",
    ]
    target.swiftSettings =
        (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)] + features.map { .enableUpcomingFeature($0) }
}

// MARK: Helpers for the tables

/// A Lambda function: an executable whose sources are in `Functions/<folder>`.
func function(_ folder: String, uses extra: [Target.Dependency] = []) -> Target {
    .executableTarget(name: lastComponent(folder), dependencies: ["ChatCore"] + extra, path: "Functions/\(folder)")
}

/// A library, named as its folder is.
///
/// - Parameters:
///   - unsafe: Whether it calls C, so that each unsafe expression has to be marked.
///   - optimized: Whether it is optimized in debug builds too, because it looks at every byte of large objects
///     or messages.
///   - embedding: Folders in it that are compiled in as bytes.
func module(
    _ folder: String,
    uses dependencies: [Target.Dependency] = [],
    unsafe: Bool = false,
    optimized: Bool = false,
    embedding: [String] = []
) -> Target {
    .target(
        name: lastComponent(folder),
        dependencies: dependencies,
        path: folder,
        resources: embedding.map { .embedInCode($0) },
        swiftSettings: (unsafe ? [.strictMemorySafety()] : []) + (optimized ? [.unsafeFlags(["-O"])] : [])
    )
}

func systemLibrary(_ path: String, pkgConfig: String, apt: String, brew: String) -> Target {
    let providers: [SystemPackageProvider] = [.apt([apt]), .brew([brew])]
    return .systemLibrary(name: lastComponent(path), path: path, pkgConfig: pkgConfig, providers: providers)
}

func test(_ name: String, uses dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)")
}

func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}

extension Target {
    /// This target as a dependency of another one.
    var itself: Dependency { .target(name: name) }
}

extension Target.Dependency {
    static var argumentParser: Self { .product(name: "ArgumentParser", package: "swift-argument-parser") }
    static var asyncHTTPClient: Self { .product(name: "AsyncHTTPClient", package: "async-http-client") }
    static var crypto: Self { .product(name: "Crypto", package: "swift-crypto") }
    static var cryptoExtras: Self { .product(name: "CryptoExtras", package: "swift-crypto") }
    static var heap: Self { .product(name: "HeapModule", package: "swift-collections") }
    static var inMemoryLogging: Self { .product(name: "InMemoryLogging", package: "swift-log") }
    static var jwt: Self { .product(name: "JWTKit", package: "jwt-kit") }
    static var logging: Self { .product(name: "Logging", package: "swift-log") }
    static var serviceLifecycle: Self { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
    static var subprocess: Self { .product(name: "Subprocess", package: "swift-subprocess") }
    static var system: Self { .product(name: "SystemPackage", package: "swift-system") }
    static var unixSignals: Self { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
    static var yams: Self { .product(name: "Yams", package: "Yams") }
}

extension [Target.Dependency] {
    /// The modules of NIO that a client of async-http-client imports.
    static var nioHTTP: Self { ["NIOCore", "NIOHTTP1", "NIOPosix"].map { .product(name: $0, package: "swift-nio") } }
    static var nio: Self { .nioHTTP + [.product(name: "NIOWebSocket", package: "swift-nio")] }
}
