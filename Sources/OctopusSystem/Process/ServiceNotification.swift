import CSupervision

/// What a service tells its supervisor: systemd, or another that sets `$NOTIFY_SOCKET`. See
/// sd_notify(3).
package enum ServiceNotification: String, Sendable {
  case ready = "READY=1"
  case stopping = "STOPPING=1"

  /// The supervisor's socket; nil if there is none to which this system can send.
  package static func socket(_ environment: Environment = .process) -> String? {
    environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
  }

  /// Sends the notification if there is a supervisor. Failure is ignored: the supervisor has a time
  /// limit of its own.
  package func send(_ environment: Environment = .process) {
    guard let path = Self.socket(environment) else { return }
    _ = platform_send_notice(path, rawValue, rawValue.utf8.count, nil, 0)
  }
}
