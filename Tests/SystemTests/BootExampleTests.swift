import Foundation
import TestSupport
import Testing

/// The boot of the examples: a dozen services, started in random order, come up in the right one.
@Suite struct BootExampleTests {
  @Test func servicesStartAfterTheirDependencies() async throws {
    let directory = try TemporaryDirectory()
    let timeline = directory.path + "/timeline.svg"
    let outcome = try await run(
      repository + "/examples/boot/run", ["--timeline", timeline, productsDirectory])
    #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
    #expect(outcome.errors == "")
    try #require(outcome.lines.count == 4)
    let (started, up) = (names(outcome.lines[0]), names(outcome.lines[1]))
    #expect(started.count == 12)
    #expect(up.sorted() == started.sorted())
    #expect(up.first == "devices")
    #expect(outcome.lines[3] == "Each of the 12 began after all that it needs.")
    // Polling would ask more often the longer it takes. Each service asks for what it needs, for
    // all that at once, for its name, shows what it waits for, and publishes, begins, is watched;
    // three greetings and its end.
    let asked = Int(outcome.lines[2].filter(\.isNumber))
    #expect(asked.map { $0 < 300 } == true, "\(outcome.lines[2])")

    let drawing = try await run("cat", [timeline]).output
    #expect(drawing.hasPrefix("<svg ") && drawing.hasSuffix("</svg>\n"))
    for service in started { #expect(drawing.contains(">\(service)<")) }
    #expect(drawing.components(separatedBy: "<path ").count - 1 == 11)
  }

  private func names(_ line: String) -> [Substring] {
    Array(line.split(separator: " ").dropFirst())
  }
}
