import BenchmarkResults
import Testing

@Suite struct SamplesTests {
  @Test func median() {
    #expect(Samples([3]).median == 3)
    #expect(Samples([3, 1, 2]).median == 2)
    #expect(Samples([4, 1, 3, 2]).median == 2.5)
  }

  @Test func spread() {
    let samples = Samples([10, 12, 8])
    #expect(samples.lowest == 8 && samples.highest == 12)
    #expect(samples.spread == 0.4)
  }

  /// Not the ratio of the medians: what slowed both in the second run says nothing.
  @Test func ratioIsOfPairs() {
    let octopus = Samples([10, 40, 12])
    let peer = Samples([5, 20, 4])
    #expect(octopus.ratio(to: peer) == 2)
    #expect(octopus.median / peer.median == 2.4)
  }

  @Test func keepsFourDigits() {
    #expect(Samples([0.123456789e-6, 123_456.7]).runs == [1.235e-7, 123_500])
  }
}
