import Foundation

/// A drawing, written element by element. It has its own light background, so that it looks the
/// same on a dark page, and uses the reader's fonts.
struct SVG {
  private(set) var lines: [String]

  enum Colour {
    static let octopus = "#0f766e"
    static let octopusLight = "#5eb5aa"
    static let peer = "#c2410c"
    static let others = ["#d99a06", "#2563eb", "#7c3aed"]
    static let text = "#334155"
    static let faint = "#64748b"
    static let grid = "#e2e8f0"
    static let ground = "#ffffff"
  }

  enum Anchor: String { case start, middle, end }

  init(width: Double, height: Double, title: String) {
    lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width.short)" height="\(height.short)" \
      viewBox="0 0 \(width.short) \(height.short)" role="img" font-family="system-ui, sans-serif" \
      font-size="12">
      """,
      "<title>\(title.escaped)</title>",
      """
      <rect x="0.5" y="0.5" width="\((width - 1).short)" height="\((height - 1).short)" rx="8" \
      fill="\(Colour.ground)" stroke="\(Colour.grid)"/>
      """,
    ]
  }

  var text: String { lines.joined(separator: "\n") + "\n</svg>\n" }

  mutating func line(
    _ from: (Double, Double), _ to: (Double, Double), _ colour: String, width: Double = 1,
    dashed: Bool = false
  ) {
    lines.append(
      """
      <line x1="\(from.0.short)" y1="\(from.1.short)" x2="\(to.0.short)" y2="\(to.1.short)" \
      stroke="\(colour)" stroke-width="\(width.short)"\(dashed ? " stroke-dasharray=\"5 4\"" : "")/>
      """)
  }

  /// A line through points, each with a dot.
  mutating func path(_ points: [(Double, Double)], _ colour: String, dashed: Bool) {
    let pairs = points.map { "\($0.0.short),\($0.1.short)" }.joined(separator: " ")
    lines.append(
      """
      <polyline points="\(pairs)" fill="none" stroke="\(colour)" stroke-width="2" \
      stroke-linejoin="round"\(dashed ? " stroke-dasharray=\"5 4\"" : "")/>
      """)
    for point in points {
      lines.append(
        "<circle cx=\"\(point.0.short)\" cy=\"\(point.1.short)\" r=\"3\" fill=\"\(colour)\"/>")
    }
  }

  mutating func bar(
    _ x: Double, _ y: Double, width: Double, height: Double, _ colour: String
  ) {
    lines.append(
      """
      <rect x="\(x.short)" y="\(y.short)" width="\(width.short)" height="\(height.short)" rx="2" \
      fill="\(colour)"/>
      """)
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start,
    colour: String = Colour.text, size: Double = 12, bold: Bool = false
  ) {
    lines.append(
      """
      <text x="\(x.short)" y="\(y.short)" fill="\(colour)" font-size="\(size.short)" \
      text-anchor="\(anchor.rawValue)"\(bold ? " font-weight=\"600\"" : "")>\(text.escaped)</text>
      """)
  }
}

extension Double {
  /// To a tenth of a pixel.
  var short: String {
    let text = String(format: "%.1f", self)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension String {
  var escaped: String {
    replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;")
  }
}
