// swift-tools-version: 6.2
import PackageDescription

// The benchmarks, apart from the project: what they need is nobody else's burden. `Octopus` is the
// project's `Sources`, so that the engine can be driven from within, where nothing of it is public.

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CRE2Library", path: "Octopus/CRE2Library", pkgConfig: "re2",
      providers: [.apt(["libre2-dev"])]),
    .systemLibrary(name: "CPrefetch", path: "Octopus/CPrefetch"),
    .target(name: "CRE2", dependencies: ["CRE2Library"], path: "Octopus/CRE2"),
    .target(
      name: "OctopusRecords", dependencies: ["CRE2"], path: "Octopus/OctopusRecords",
      linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "OctopusStore", dependencies: ["OctopusRecords", "CPrefetch"],
      path: "Octopus/OctopusStore"),
    .target(
      name: "OctopusEngine",
      dependencies: [
        "OctopusRecords", "OctopusStore", "CRE2",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "OrderedCollections", package: "swift-collections"),
      ], path: "Octopus/OctopusEngine"),
    .target(name: "RESP", path: "Octopus/RESP"),
    .target(name: "CPlatform", path: "Octopus/CPlatform"),
    .target(name: "OctopusSystem", dependencies: ["CPlatform"], path: "Octopus/OctopusSystem"),
    .target(
      name: "OctopusProtocol",
      dependencies: ["OctopusRecords", "OctopusStore", "OctopusEngine", "RESP", "OctopusSystem"],
      path: "Octopus/OctopusProtocol"),
    // Its judgement, without the processes.
    .target(
      name: "Kaluga",
      dependencies: [
        "OctopusRecords", "OctopusEngine", "OctopusSystem", "TOMLKit",
        .product(name: "HeapModule", package: "swift-collections"),
      ], path: "Octopus/Kaluga", sources: ["Catalogue", "Matching", "Reconciler"]),

    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CKmod", pkgConfig: "libkmod", providers: [.apt(["libkmod-dev"])]),
    // What Kaluga and udevd are measured with: it makes network interfaces, and is their driver.
    .executableTarget(name: "probe"),
    // Figures: what a measurement is, how runs are summed up, how they are kept.
    .target(name: "Figures"),
    // The document and its charts, made from the figures alone.
    .target(name: "Report", dependencies: ["Figures"]),
    .executableTarget(
      name: "bench",
      dependencies: [
        "Figures", "Report", "OctopusEngine", "OctopusProtocol", "OctopusRecords", "OctopusStore",
        "RESP", "OctopusSystem", "Kaluga", "CSQLite", "CKmod",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ]),
    .testTarget(name: "FiguresTests", dependencies: ["Figures"]),
    .testTarget(name: "ReportTests", dependencies: ["Report", "Figures"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
