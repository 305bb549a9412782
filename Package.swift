// swift-tools-version: 6.2
import PackageDescription

// Dependencies have one direction: a target may depend only on targets above it. ARCHITECTURE.md
// describes each.

let package = Package(
  name: "octopus",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Octopus", targets: ["Octopus"]),
    .executable(name: "octopusd", targets: ["octopusd"]),
    .executable(name: "octopus", targets: ["OctopusShell"]),
    .executable(name: "octopus-hw", targets: ["octopus-hw"]),
    .executable(name: "kaluga", targets: ["KalugaProgram"]),
    .executable(name: "kaluga-guard", targets: ["kaluga-guard"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // C libraries of the system, and the shims around them.
    .systemLibrary(name: "CUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
    .systemLibrary(name: "CEditLine", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
    .systemLibrary(name: "CPrefetch"),
    // RE2's static library: the shared one hides the hooks that tell what a match has cost.
    .target(
      name: "CRE2",
      linkerSettings: [.linkedLibrary(":libre2.a"), .linkedLibrary("stdc++")]),
    .target(name: "CPlatform"),
    // What supervisors of processes need: the processes below them, and the notices of programs.
    .target(name: "CSupervision"),
    // The programs that the shell runs.
    .target(name: "CChildProcesses", dependencies: ["CSupervision"]),

    // The operating system, for all programs: mutexes, files, terminals, byte strings.
    .target(name: "OctopusSystem", dependencies: ["CPlatform", "CSupervision"]),
    .target(
      name: "OctopusCollections",
      dependencies: [.product(name: "DequeModule", package: "swift-collections")]),
    .target(
      name: "OctopusRecords", dependencies: ["CRE2"], linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "OctopusMatching", dependencies: ["OctopusRecords", "OctopusCollections", "CRE2"]),
    .target(
      name: "OctopusStore", dependencies: ["OctopusRecords", "OctopusCollections", "CPrefetch"]),
    .target(
      name: "OctopusEngine",
      dependencies: [
        "OctopusRecords", "OctopusCollections", "OctopusMatching", "OctopusStore",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    // Changes on the disk, from which the state is restored.
    .target(
      name: "OctopusJournal",
      dependencies: [
        "OctopusRecords", "OctopusCollections", "OctopusMatching", "OctopusStore", "OctopusEngine",
        "OctopusSystem", "CPlatform", .product(name: "DequeModule", package: "swift-collections"),
      ]),
    // Names and attributes of device records, for those who publish them and those who read them.
    .target(name: "DeviceSchema", dependencies: ["OctopusRecords"]),
    .target(name: "RESP"),
    // A target lists all modules whose types are part of its layout, also those that it does not
    // import: SwiftPM rebuilds a target only when a listed one changes.
    .target(
      name: "OctopusProtocol",
      dependencies: [
        "OctopusRecords", "OctopusCollections", "OctopusMatching", "OctopusStore", "OctopusEngine",
        "RESP", "OctopusSystem",
      ]),
    .target(
      name: "OctopusSession",
      dependencies: [
        "OctopusRecords", "OctopusCollections", "OctopusMatching", "OctopusStore", "OctopusEngine",
        "OctopusProtocol", "RESP",
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    .target(
      name: "OctopusServer",
      dependencies: [
        "OctopusRecords", "OctopusCollections", "OctopusMatching", "OctopusStore", "OctopusEngine",
        "OctopusProtocol", "RESP", "OctopusSession", "OctopusJournal",
        "CPlatform", "OctopusSystem", .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "Octopus",
      dependencies: [
        "OctopusRecords", "OctopusCollections", "OctopusMatching", "OctopusStore", "OctopusEngine",
        "OctopusProtocol", "RESP", "OctopusSession",
        "OctopusSystem",
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    .target(
      name: "OctopusHardware",
      dependencies: [
        "DeviceSchema", "Octopus", "OctopusRecords", "OctopusEngine", "RESP", "OctopusSystem",
        "CUdev",
      ]),

    .target(
      name: "Kaluga",
      dependencies: [
        "DeviceSchema", "Octopus", "OctopusRecords", "OctopusCollections", "OctopusMatching",
        "OctopusSystem", "CPlatform", "CSupervision",
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "TOMLKit", package: "TOMLKit"),
      ]),
    // The supervisor of one driver. There is one for each driver, and it starts as quickly as it
    // can: with nothing to load, and without Swift's runtime, which SwiftPM otherwise links to C
    // programs.
    .executableTarget(
      name: "kaluga-guard", dependencies: ["CSupervision"],
      linkerSettings: [
        .unsafeFlags(
          ["-static-executable", "-nostartfiles"],
          .when(platforms: [.linux]))
      ]),

    .executableTarget(
      name: "octopusd",
      dependencies: [
        "OctopusServer", "OctopusJournal", "OctopusRecords", "OctopusSystem", "CPlatform",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // Static: it runs at boot before any library can be loaded. These libraries are what
      // Foundation, a dependency of ArgumentParser, needs.
      linkerSettings: [
        .unsafeFlags(
          [
            "-static-executable", "-l_FoundationCollections", "-l_FoundationCShims",
            "-lswiftSynchronization",
          ], .when(platforms: [.linux]))
      ]),
    .executableTarget(
      name: "OctopusShell",
      dependencies: [
        "Octopus", "OctopusRecords", "OctopusSystem", "RESP", "CEditLine", "CChildProcesses",
        "CSupervision",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "octopus-hw",
      dependencies: [
        "DeviceSchema", "Octopus", "OctopusHardware", "OctopusSystem", "CSupervision",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .executableTarget(
      name: "KalugaProgram",
      dependencies: [
        "DeviceSchema", "Kaluga", "Octopus", "OctopusSystem",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(
      name: "OctopusCollectionsTests", dependencies: ["OctopusCollections", "Generators"]),
    .testTarget(
      name: "OctopusRecordsTests", dependencies: ["OctopusRecords", "CRE2", "Generators"]),
    .testTarget(
      name: "OctopusSystemTests",
      dependencies: ["OctopusSystem", "OctopusRecords", "Generators", "TestSupport"]),
    // What the tests of several targets need: temporary directories, random numbers, clients,
    // waiting.
    .target(
      name: "TestSupport", dependencies: ["OctopusSystem", "RESP", "CPlatform"],
      path: "Tests/TestSupport"),
    // Random records, queries and histories, from a seed.
    .target(
      name: "Generators", dependencies: ["OctopusRecords", "TestSupport"], path: "Tests/Generators"),
    .testTarget(
      name: "OctopusMatchingTests",
      dependencies: ["OctopusMatching", "OctopusCollections", "OctopusRecords", "Generators"]),
    .testTarget(
      name: "OctopusStoreTests",
      dependencies: ["OctopusStore", "OctopusCollections", "OctopusRecords", "Generators"]),
    .testTarget(
      name: "OctopusEngineTests",
      dependencies: [
        "OctopusEngine", "OctopusStore", "OctopusMatching", "OctopusCollections", "OctopusRecords",
        "Generators",
      ]),
    // A disk that loses what was not synced, and fails.
    .target(
      name: "JournalSupport", dependencies: ["OctopusJournal", "OctopusSystem", "TestSupport"],
      path: "Tests/JournalSupport"),
    .testTarget(
      name: "OctopusJournalTests",
      dependencies: [
        "OctopusJournal", "OctopusEngine", "OctopusRecords", "OctopusSystem", "JournalSupport",
        "CPlatform", "TestSupport",
      ]),
    // Scripts of several clients, run against the engine, the embedded engine and a real server.
    .target(
      name: "ScenarioSupport",
      dependencies: ["Octopus", "OctopusServer", "OctopusSession", "RESP", "TestSupport"],
      path: "Tests/ScenarioSupport"),
    .testTarget(name: "ScenarioTests", dependencies: ["ScenarioSupport", "OctopusRecords"]),
    // Reference models of the decoders.
    .target(name: "NaiveRESP", dependencies: ["RESP"], path: "Tests/NaiveRESP"),
    .testTarget(name: "RESPTests", dependencies: ["RESP", "NaiveRESP", "TestSupport"]),
    .testTarget(
      name: "OctopusProtocolTests",
      dependencies: ["OctopusProtocol", "OctopusEngine", "OctopusRecords", "RESP", "TestSupport"]),
    // Connections without sockets.
    .target(
      name: "SessionSupport",
      dependencies: ["OctopusSession", "OctopusProtocol", "OctopusEngine", "OctopusStore", "RESP"],
      path: "Tests/SessionSupport"),
    .testTarget(
      name: "OctopusSessionTests",
      dependencies: [
        "OctopusSession", "OctopusProtocol", "OctopusEngine", "OctopusRecords", "RESP",
        "Generators", "SessionSupport",
      ]),
    .testTarget(
      name: "OctopusServerTests",
      dependencies: [
        "OctopusServer", "OctopusProtocol", "OctopusEngine", "OctopusRecords", "RESP", "Generators",
        "CPlatform", "OctopusSystem", "OctopusSession", "OctopusJournal", "JournalSupport",
        "SessionSupport", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "OctopusTests",
      dependencies: [
        "Octopus", "OctopusRecords", "OctopusServer", "OctopusEngine", "RESP", "OctopusSystem",
        "Generators", "TestSupport",
      ]),
    .testTarget(
      name: "LinearizabilityTests",
      dependencies: ["Octopus", "OctopusServer", "OctopusRecords", "Generators", "OctopusSystem"]),
    // Properties that hold for any input: `make fuzz` searches for inputs that break one, and the
    // tests replay those that it found.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "OctopusServer", "OctopusProtocol", "OctopusEngine", "OctopusStore", "OctopusMatching",
        "OctopusCollections", "OctopusRecords", "RESP", "NaiveRESP", "Generators", "SessionSupport",
      ],
      path: "Tests/FuzzTargets"),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets", "OctopusRecords", "OctopusSystem"]),
    .testTarget(
      name: "KalugaTests",
      dependencies: [
        "Kaluga", "CPlatform", "Octopus", "OctopusServer", "OctopusRecords", "OctopusSystem",
        "Generators", "TestSupport",
      ]),
    .testTarget(
      name: "OctopusHardwareTests",
      dependencies: [
        "DeviceSchema", "OctopusHardware", "Octopus", "OctopusRecords", "OctopusSystem",
        "Generators",
      ]),
    // Mixed load on a real server, with a check of everything that every client saw: `make soak`,
    // and a short run in the tests.
    .target(
      name: "SoakSupport",
      dependencies: [
        "OctopusRecords", "RESP", "OctopusJournal", "Generators", "OctopusSystem", "TestSupport",
      ],
      path: "Tests/SoakSupport"),
    .executableTarget(
      name: "octopus-soak", dependencies: ["SoakSupport", "Generators"], path: "Tests/SoakProgram"),
    .testTarget(
      name: "SoakTests", dependencies: ["SoakSupport", "Generators", "RESP", "OctopusRecords"]),
    // The built programs, driven as a user would: processes, sockets, terminals.
    .testTarget(
      name: "SystemTests",
      dependencies: [
        "Octopus", "OctopusRecords", "CPlatform", "CSpawn", "Generators", "OctopusSystem",
        "TestSupport",
      ],
      exclude: ["C", "Hardware", "Languages", "Python", "Scripts"]),
    .target(name: "CSpawn", path: "Tests/CSpawn"),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// libFuzzer has its own main, so this builds only with `--sanitize fuzzer`.
if Context.environment["OCTOPUS_FUZZ"] != nil {
  package.targets += [
    .target(name: "CFuzz", path: "Tests/CFuzz"),
    .executableTarget(name: "Fuzz", dependencies: ["FuzzTargets", "CFuzz"], path: "Tests/Fuzz"),
  ]
}

// The benchmarks need libraries that nothing else does.
if Context.environment["OCTOPUS_BENCH"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"))
  package.targets += [
    .systemLibrary(
      name: "CSQLite", path: "Benchmarks/CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(
      name: "CKmod", path: "Benchmarks/CKmod", pkgConfig: "libkmod",
      providers: [.apt(["libkmod-dev"])]),
    // A driver in C that reads the clock as it starts, for the comparison of Kaluga with udevd.
    .executableTarget(name: "probe", path: "Benchmarks/probe"),
    // Measurements, and the file that keeps them.
    .target(name: "BenchmarkResults", path: "Benchmarks/BenchmarkResults"),
    // docs/benchmarks.md, its charts, and docs/limits.md, made from the measurements alone.
    .target(
      name: "BenchmarkReport", dependencies: ["BenchmarkResults", "OctopusProtocol"],
      path: "Benchmarks/BenchmarkReport"),
    .executableTarget(
      name: "bench",
      dependencies: [
        "BenchmarkResults", "BenchmarkReport", "OctopusEngine", "OctopusProtocol", "OctopusRecords",
        "OctopusStore", "RESP", "OctopusSystem", "Octopus", "Kaluga", "Generators", "CSQLite",
        "CKmod",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      path: "Benchmarks/bench"),
    .testTarget(
      name: "BenchmarkTests", dependencies: ["BenchmarkReport", "BenchmarkResults"],
      path: "Benchmarks/BenchmarkTests"),
  ]
}

// The packages in examples/, as programs of this one: the tests run them.
if Context.environment["OCTOPUS_EXAMPLES"] != nil {
  for example in ["lock", "service-discovery", "watch"] {
    package.targets.append(
      .executableTarget(
        name: "example-\(example)", dependencies: ["Octopus"], path: "examples/\(example)/Sources"))
  }
}

// Only `make docs` needs it.
if Context.environment["OCTOPUS_DOCS"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}

// Sanitizers slow down targets that compute, so these are optimised, with the checks of a debug
// build. The others mostly wait, and build sooner without optimisation.
if let misuse = Context.environment["OCTOPUS_SANITIZE"] {
  let computing: Set = [
    "OctopusCollections", "OctopusRecords", "OctopusMatching", "OctopusStore", "OctopusEngine",
    "RESP", "OctopusProtocol", "Generators", "OctopusCollectionsTests", "OctopusRecordsTests",
    "OctopusMatchingTests", "OctopusStoreTests", "OctopusEngineTests", "LinearizabilityTests",
  ]
  for target in package.targets where computing.contains(target.name) {
    target.swiftSettings =
      (target.swiftSettings ?? []) + [.unsafeFlags(["-O", "-assert-config", "Debug"])]
  }
  // The report's runtime is a shared library.
  for target in package.targets where ["octopusd", "kaluga-guard"].contains(target.name) {
    target.linkerSettings = nil
  }
  // These only drive programs: as they are in every build, they drive what is looked into.
  var left: Set = ["SystemTests", "CSpawn"]
  // Code in a single thread has no data races.
  if misuse == "thread" {
    left.formUnion([
      "OctopusCollectionsTests", "OctopusRecordsTests", "OctopusMatchingTests", "OctopusStoreTests",
      "OctopusEngineTests", "RESPTests",
      "OctopusProtocolTests", "FuzzTests", "FuzzTargets", "NaiveRESP",
    ])
  }
  package.targets.removeAll { left.contains($0.name) }
}
