using BenchmarkDotNet.Running;
using Functional.Bench;

// Without a word of its own, BenchmarkDotNet: --filter '*', --list flat, --job short, …
return args switch
{
    ["suite", .. var options] => SuiteCommand.Run(options),
    ["table", .. var files] => PeerTable.Print(files),
    ["cold"] => ColdStart.Run(),
    _ => BenchmarkSwitcher.FromAssembly(typeof(ReferenceCase).Assembly).Run(args, RateColumns.ConfigOf(args)) is null
        ? 1
        : 0,
};
