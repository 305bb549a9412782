// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "watch",
  platforms: [.macOS(.v15)],
  // In a package of your own: .package(url: "…/octopus", from: "0.1.0")
  dependencies: [.package(name: "octopus", path: "../..")],
  targets: [
    .executableTarget(
      name: "watch", dependencies: [.product(name: "Octopus", package: "octopus")], path: "Sources")
  ]
)
