using BenchmarkDotNet.Running;
using Functional.Bench;

// Without a word of its own, BenchmarkDotNet: --filter '*', --list flat, --job short, …
return args switch
{
    ["table", .. var files] => PeerTable.Print(files),
    ["cold"] => ColdStart.Run(),
    ["memory"] => MemoryTable.Print(),
    ["scaling"] => ScalingCommand.Run(Path.Combine("bench", "scaling")),
    ["scaling", var folder] => ScalingCommand.Run(folder),
    _ => BenchmarkSwitcher.FromAssembly(typeof(CaseBenchmarks).Assembly).Run(args, RateColumns.ConfigOf(args)) is null
        ? 1
        : 0,
};
