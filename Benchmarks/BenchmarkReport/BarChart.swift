import Foundation

/// Ratios to a peer, which is the line at 1.
struct BarChart {
  struct Bar {
    var label: String
    /// One for each of the kinds.
    var ratios: [Double]
  }

  var title: String
  var peer: String
  var kinds: [(name: String, colour: String)]
  var bars: [Bar]

  private let width = 720.0
  private let left = 206.0
  private let right = 660.0
  private let top = 84.0
  private let barHeight = 12.0
  private let gap = 14.0

  var text: String {
    let row = Double(kinds.count) * (barHeight + 2) + gap
    let bottom = top + Double(bars.count) * row
    var drawing = SVG(width: width, height: bottom + 34, title: title)
    // As far as half a step beyond the longest, at least somewhat beyond 1.
    let most = max(1.2, bars.flatMap(\.ratios).max() ?? 1)
    func x(of ratio: Double) -> Double { left + ratio / most * (right - left) }

    drawing.text(title, 16, 26, size: 14, bold: true)
    legend(&drawing)
    for tenths in stride(from: 0, through: Int(most * 10), by: most > 3 ? 10 : 5) {
      let x = x(of: Double(tenths) / 10)
      drawing.line((x, top - 8), (x, bottom), SVG.Colour.grid)
      drawing.text((Double(tenths) / 10).short, x, bottom + 17, .middle, colour: SVG.Colour.faint)
    }
    for (number, bar) in bars.enumerated() {
      let y = top + Double(number) * row
      drawing.text(bar.label, left - 12, y + row / 2 - gap / 2 + 4, .end)
      for (kind, ratio) in bar.ratios.enumerated() {
        let at = y + Double(kind) * (barHeight + 2)
        drawing.bar(
          left, at, width: x(of: ratio) - left, height: barHeight, kinds[kind].colour)
        drawing.text(
          times(ratio), max(x(of: ratio), x(of: 1)) + 8, at + 10, colour: SVG.Colour.faint, size: 11
        )
      }
    }
    drawing.line((x(of: 1), top - 8), (x(of: 1), bottom), SVG.Colour.peer, width: 1.5)
    drawing.text(peer, x(of: 1), top - 14, .middle, colour: SVG.Colour.peer)
    return drawing.text
  }

  private func legend(_ drawing: inout SVG) {
    var x = 16.0
    for kind in kinds {
      drawing.bar(x, 38, width: 14, height: 12, kind.colour)
      drawing.text(kind.name, x + 20, 48)
      x += 20 + Double(kind.name.count) * 6.6 + 18
    }
  }
}
