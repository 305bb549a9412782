// The program `kaluga`.
@main
enum Main {
  static func main() {}
}
