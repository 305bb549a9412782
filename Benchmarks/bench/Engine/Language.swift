import BenchmarkResults
import OctopusRecords

// Parsing records and queries, and printing records.

extension Workload {
  static let language = [
    Workload("language") { context in
      let device = PreparedTexts([
        """
        hw.pci.device.1 { bus: 0, class: 'C', device: 1, device_id: 0x107d, function: 0, vendor: 0x8086 }
        """
      ])
      let object = PreparedTexts(["object1"])
      let query = PreparedTexts([FiveAttributes.text("_", FiveAttributes.rare)])
      let record: Record = device.withText(0) { read($0) }
      var output: [UInt8] = []
      output.reserveCapacity(256)

      let calibration = Calibration()
      func row(_ workload: String, _ body: (Int) -> Void) -> WorkloadResult {
        context.row(workload, [:], calibration.time(context.sampling, body))
      }
      return [
        row("language.record") { _ in device.withText(0) { blackHole(read($0) as Record) } },
        row("language.name") { _ in object.withText(0) { blackHole(read($0) as Query) } },
        row("language.query") { _ in query.withText(0) { blackHole(read($0) as Query) } },
        row("language.print") { _ in
          output.removeAll(keepingCapacity: true)
          record.withContents { output.append(contentsOf: $0.text) }
        },
      ]
    }
  ]
}

/// Keeps the optimizer from removing the computation of an unused value.
@inline(never) @_optimize(none) private func blackHole<Value>(_ value: consuming Value) {}
