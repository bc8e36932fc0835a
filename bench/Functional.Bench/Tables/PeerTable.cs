using System.Globalization;
using System.Text.Json;

namespace Functional.Bench;

/// <summary>
/// One Markdown table of what <c>bench/peers/run</c> measured: a file per peer, named after it, of JSON lines with case, mode,
/// threads and microseconds, one per round. The first file is the one that the others are compared with.
/// </summary>
public static class PeerTable
{
    private sealed record Line(string Peer, string Case, string Mode, int Threads, double Microseconds);

    /// <summary>Prints the table.</summary>
    /// <returns>The exit code.</returns>
    public static int Print(string[] files)
    {
        if (files.Length == 0)
        {
            Console.Error.WriteLine("error: table needs the files of results, Functional's first.");
            return 2;
        }
        string[] peers = [.. files.Select(file => Path.GetFileNameWithoutExtension(file))];
        Line[] lines = [.. files.SelectMany(Read)];

        bool hasThreads = lines.Any(line => line.Threads > 1);
        Console.WriteLine(
            $"| case | mode | threads | {peers[0]} µs |{(hasThreads ? " speed-up |" : "")}{string.Concat(peers[1..].Select(peer => $" {peer} µs | × |"))}"
        );
        Console.WriteLine(
            $"|---|---|--:|--:|{(hasThreads ? "--:|" : "")}{string.Concat(peers[1..].Select(_ => "--:|--:|"))}"
        );
        foreach (
            var row in lines
                .GroupBy(line => (line.Case, line.Mode, line.Threads))
                .OrderBy(row => Place(row.Key.Case))
                .ThenBy(row => row.Key.Case)
                .ThenBy(row => Enum.Parse<Mode>(row.Key.Mode, ignoreCase: true))
                .ThenBy(row => row.Key.Threads)
        )
        {
            double? own = MedianOf(row, peers[0]);
            string others = string.Concat(
                peers[1..]
                    .Select(peer =>
                        MedianOf(row, peer) is double other ? $" {Number(other)} | {Ratio(own / other)} |" : " | |"
                    )
            );
            Console.WriteLine(
                $"| {row.Key.Case} | {row.Key.Mode} | {row.Key.Threads} | {(own is double value ? Number(value) : "")} |{(hasThreads ? $" {SpeedUp(row.Key)} |" : "")}{others}"
            );
        }
        Console.WriteLine();
        Console.WriteLine(
            $"Rounds: {lines.GroupBy(line => (line.Peer, line.Case, line.Mode, line.Threads)).Max(group => group.Count())}; medians over them. × is {peers[0]}'s time by the peer's: below 1, {peers[0]} is faster."
        );
        if (hasThreads)
            Console.WriteLine($"Speed-up is {peers[0]}'s time on one thread by its time on as many.");
        return 0;

        string SpeedUp((string Case, string Mode, int Threads) row) =>
            row.Threads > 1 ? Ratio(Own(row with { Threads = 1 }) / Own(row)) : "";

        double? Own((string Case, string Mode, int Threads) row) =>
            MedianOf(lines.Where(line => (line.Case, line.Mode, line.Threads) == row), peers[0]);
    }

    private static IEnumerable<Line> Read(string file) =>
        File.ReadLines(file)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(line => new Line(
                Path.GetFileNameWithoutExtension(file),
                line.GetProperty("case").GetString()!,
                line.GetProperty("mode").GetString()!,
                line.GetProperty("threads").GetInt32(),
                line.GetProperty("microseconds").GetDouble()
            ));

    // "chain-b200, x feature-major" stands with chain-b200.
    private static int Place(string name) =>
        ReferenceCases.All.TakeWhile(one => !name.StartsWith(one.Name + ",") && name != one.Name).Count();

    private static double? MedianOf(IEnumerable<Line> row, string peer)
    {
        double[] times = [.. row.Where(line => line.Peer == peer).Select(line => line.Microseconds)];
        return times.Length == 0 ? null : MedianTimer.Median(times);
    }

    private static string Number(double microseconds) =>
        microseconds.ToString(
            microseconds < 10 ? "0.00"
                : microseconds < 100 ? "0.0"
                : "#,0",
            CultureInfo.InvariantCulture
        );

    private static string Ratio(double? ratio) => ratio?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";
}
