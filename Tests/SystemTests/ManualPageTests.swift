import TestSupport
import Testing

/// The manual pages that `make install` writes, as `man` shows them.
@Suite struct ManualPageTests {
  @Test func pagesOfAllProgramsRenderWithoutWarnings() async throws {
    let directory = try TemporaryDirectory()
    let outcome = try await run(repository + "/scripts/man", [productsDirectory, directory.path])
    #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
    for (page, words) in [
      ("man1/octopus.1", ["octopus get", "--socket", "NO_COLOR", "octopusd(8)"]),
      ("man8/octopusd.8", ["--max-memory", "octopus(1)"]),
      ("man8/octopus-hw.8", ["hidraw"]), ("man8/kaluga.8", ["kaluga explain", "--state-dir"]),
    ] {
      let shown = try await run(
        "groff", ["-man", "-Tutf8", "-ww", "-P-cbou", "\(directory.path)/\(page)"])
      #expect(shown.status == .init(code: 0))
      #expect(shown.errors == "", "\(page)")
      for word in words { #expect(shown.output.contains(word), "\(word) in \(page)") }
    }
  }
}
