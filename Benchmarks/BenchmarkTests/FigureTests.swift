import BenchmarkResults
import Testing

@Suite struct FigureTests {
  @Test func median() {
    #expect(Figure([3]).median == 3)
    #expect(Figure([3, 1, 2]).median == 2)
    #expect(Figure([4, 1, 3, 2]).median == 2.5)
  }

  @Test func spread() {
    let figure = Figure([10, 12, 8])
    #expect(figure.lowest == 8 && figure.highest == 12)
    #expect(figure.spread == 0.4)
  }

  /// Not the ratio of the medians: what slowed both in the second run says nothing.
  @Test func ratioIsOfPairs() {
    let octopus = Figure([10, 40, 12])
    let peer = Figure([5, 20, 4])
    #expect(octopus.ratio(to: peer) == 2)
    #expect(octopus.median / peer.median == 2.4)
  }

  @Test func keepsFourDigits() {
    #expect(Figure([0.123456789e-6, 123_456.7]).runs == [1.235e-7, 123_500])
  }
}
