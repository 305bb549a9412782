import Foundation

/// Time against a number of records or queries, on logarithmic scales.
struct LineChart {
  struct Series {
    var name: String
    var colour: String
    var dashed = false
    /// Counts and seconds.
    var points: [(Double, Double)]
  }

  var title: String
  /// The counted things: `records`.
  var axis: String
  var series: [Series]

  private let width = 440.0
  private let height = 300.0
  private let left = 62.0
  private let right = 424.0
  private let top = 66.0
  private let bottom = 252.0

  var text: String {
    var drawing = SVG(width: width, height: height, title: title)
    let points = series.flatMap(\.points)
    let across = LogScale(points.map(\.0), left, right)
    // Three decades at least: a nearly level line must look level.
    let up = LogScale(points.map(\.1), bottom, top, wholeDecades: 3)
    drawing.text(title, 16, 26, size: 14, bold: true)
    legend(&drawing)
    for decade in up.decades {
      let y = up.coordinate(decade)
      drawing.line((left, y), (right, y), SVG.Colour.grid)
      drawing.text(tick(seconds: decade), left - 8, y + 4, .end, colour: SVG.Colour.faint)
    }
    for decade in across.decades {
      let x = across.coordinate(decade)
      drawing.line((x, bottom), (x, bottom + 4), SVG.Colour.faint)
      drawing.text(tick(count: decade), x, bottom + 19, .middle, colour: SVG.Colour.faint)
    }
    drawing.line((left, bottom), (right, bottom), SVG.Colour.faint)
    drawing.text(axis, right, bottom + 38, .end, colour: SVG.Colour.faint)
    // Octopus is drawn last, above the others.
    for line in series.reversed() {
      drawing.path(
        line.points.map { (across.coordinate($0.0), up.coordinate($0.1)) }, line.colour,
        dashed: line.dashed)
    }
    return drawing.text
  }

  private func legend(_ drawing: inout SVG) {
    var x = 16.0
    for line in series {
      drawing.line((x, 43), (x + 20, 43), line.colour, width: 2, dashed: line.dashed)
      drawing.text(line.name, x + 26, 47, colour: line.colour)
      x += 26 + Double(line.name.count) * 6.6 + 18
    }
  }

  private func tick(seconds: Double) -> String {
    switch seconds {
    case ..<0.9e-6: "\(Int((seconds * 1e9).rounded())) ns"
    case ..<0.9e-3: "\(Int((seconds * 1e6).rounded())) µs"
    default: "\(Int((seconds * 1e3).rounded())) ms"
    }
  }

  private func tick(count: Double) -> String {
    switch count {
    case ..<1e3: "\(Int(count.rounded()))"
    case ..<1e6: "\(Int((count / 1e3).rounded())) k"
    default: "\(Int((count / 1e6).rounded())) M"
    }
  }
}

/// A logarithmic scale with ticks at the decades.
struct LogScale {
  let decades: [Double]
  private let low: Double
  private let high: Double
  private let from: Double
  private let to: Double

  /// From the least value to the greatest.
  init(_ values: [Double], _ from: Double, _ to: Double) {
    self.init(log10(values.min()!), log10(values.max()!), from, to)
  }

  /// From a decade to a decade that enclose the values, at least `count` decades apart.
  init(_ values: [Double], _ from: Double, _ to: Double, wholeDecades count: Double) {
    let low = floor(log10(values.min()!) + Self.hair)
    self.init(low, max(ceil(log10(values.max()!) - Self.hair), low + count), from, to)
  }

  private init(_ low: Double, _ high: Double, _ from: Double, _ to: Double) {
    (self.low, self.high, self.from, self.to) = (low, high, from, to)
    decades = stride(from: ceil(low - Self.hair), through: high + Self.hair, by: 1)
      .map { pow(10, $0) }
  }

  /// A value on a decade stays there, whatever the logarithm's last digit is.
  private static let hair = 1e-9

  func coordinate(_ value: Double) -> Double {
    high == low ? from : from + (log10(value) - low) / (high - low) * (to - from)
  }
}
