using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Functional.Mutations;

/// <summary>Some of the tests, with some number of inputs.</summary>
/// <param name="List">A part of the names of test lists, or null for all tests.</param>
/// <param name="Scale">What the numbers of inputs of properties are multiplied by.</param>
internal sealed record TestRun(string? List, double Scale)
{
    /// <summary>Runs the tests until one fails that is not among some known ones.</summary>
    /// <param name="executable">The folder of the test executable.</param>
    /// <param name="limit">The time after which it is taken to hang.</param>
    /// <param name="known">Tests whose failures say nothing.</param>
    /// <returns>The test that failed, or how the process ended; null if all tests passed.</returns>
    public string? FirstFailure(string executable, TimeSpan limit, IReadOnlySet<string> known)
    {
        using Process process = Start(executable);
        string? failure = null;
        bool isKnown = false;
        bool hasEnded = false;
        process.OutputDataReceived += (_, line) =>
        {
            hasEnded |= line.Data?.StartsWith("EXPECTO! ", StringComparison.Ordinal) ?? false;
            if (failure is not null || FailureOf(line.Data) is not string test)
                return;
            isKnown |= known.Contains(test);
            if (known.Contains(test))
                return;
            failure = test;
            process.Kill(entireProcessTree: true);
        };
        // Read so that it cannot fill up; a crash writes much there.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return failure ?? $"time limit of {limit.TotalSeconds:0} s";
        }
        process.WaitForExit();
        return failure ?? (process.ExitCode == 0 || isKnown && hasEnded ? null : $"exit code {process.ExitCode}");
    }

    /// <summary>The tests that fail as things are, and the time it takes.</summary>
    public (HashSet<string> Failures, TimeSpan Duration) Baseline(string executable)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using Process process = Start(executable);
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        HashSet<string> failures = [];
        bool hasEnded = false;
        while (process.StandardOutput.ReadLine() is string line)
        {
            if (FailureOf(line) is string test)
                failures.Add(test);
            hasEnded |=
                line.StartsWith("EXPECTO! ", StringComparison.Ordinal)
                && !line.StartsWith("EXPECTO! 0 ", StringComparison.Ordinal);
        }
        process.WaitForExit();
        return hasEnded
            ? (failures, watch.Elapsed)
            : throw new InvalidOperationException($"{this}: no tests ran, or they crashed without any fault planted.");
    }

    public override string ToString() => List ?? "all tests";

    private Process Start(string executable)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(executable, "Functional.Tests.dll"), "--no-spinner"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (List is not null)
        {
            start.ArgumentList.Add("--filter-test-list");
            start.ArgumentList.Add(List);
        }
        start.Environment["FUNCTIONAL_TESTS_SCALE"] = Scale.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    // "Functional.Buffers.never overlap failed in 00:00:01.2."
    private static string? FailureOf(string? line) =>
        line is not null && Regex.Match(line, @"^(\S.*) (failed|errored) in \d\d:\d\d:\d\d") is { Success: true } match
            ? match.Groups[1].Value
            : null;
}
