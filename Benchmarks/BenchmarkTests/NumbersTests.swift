import BenchmarkResults
import Testing

@testable import BenchmarkReport

@Suite struct NumbersTests {
  @Test(arguments: [
    (15.6e-9, "15.6 ns"), (99.4e-9, "99.4 ns"), (0.1e-6, "0.10 µs"), (0.574e-6, "0.57 µs"),
    (12.34e-6, "12.3 µs"), (657.4e-6, "657 µs"), (3.068e-3, "3.07 ms"), (1.5, "1.50 s"),
  ])
  func durations(seconds: Double, text: String) { #expect(duration(seconds) == text) }

  @Test(arguments: [
    (0.9, "0.90 ×"), (1.239, "1.24 ×"), (8.76, "8.8 ×"), (31.4, "31 ×"), (6_678.1, "6,678 ×"),
  ])
  func ratios(ratio: Double, text: String) { #expect(times(ratio) == text) }

  @Test(arguments: [
    (853.0, "853"), (5_797.4, "5,800"), (218_432, "218,000"), (1_004_000, "1,000,000"),
  ])
  func rates(perSecond: Double, text: String) { #expect(rate(perSecond) == text) }

  @Test(arguments: [(229.4, "229 bytes"), (10_730_000, "10.7 MB")])
  func sizes(bytes: Double, text: String) { #expect(size(bytes) == text) }

  /// Not the ratio of the medians, which are equal: the second pair ran while the machine was slow.
  @Test func timeOnTheOriginalsMachineIsTheMedianOfPairs() {
    let result = WorkloadResult(
      "engine.get", date: "2026-01-01", processor: "Z80",
      octopus: Samples([1.06e-6, 2.12e-6, 4.24e-6]),
      calibration: Samples([2.12e-6, 8.48e-6, 2.12e-6]))
    #expect(result.onOriginalMachine.map { rounded($0) } == 1.06e-6)
  }

  @Test func wholeDecadesEncloseTheValues() {
    let scale = LogScale([3e-7, 1e-4], 100, 0, wholeDecades: 1)
    #expect(scale.decades.count == 4)
    #expect(abs(scale.coordinate(1e-7) - 100) < 1e-6 && abs(scale.coordinate(1e-4)) < 1e-6)
    #expect(LogScale([1], 0, 1, wholeDecades: 3).decades == [1, 10, 100, 1_000])
  }

  @Test func aScaleOfValuesEndsWithThem() {
    let scale = LogScale([8, 1_400_000], 0, 10)
    #expect(scale.decades == [10, 100, 1_000, 10_000, 100_000, 1_000_000])
    #expect(scale.coordinate(8) == 0 && scale.coordinate(1_400_000) == 10)
    #expect(LogScale([5], 3, 4).coordinate(5) == 3)
  }
}
