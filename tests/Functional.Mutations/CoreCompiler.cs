using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Functional.Mutations;

/// <summary>Compiles the core with one file changed, as the SDK's compiler would, except that warnings are none: a fault need not be tidy.</summary>
internal sealed class CoreCompiler
{
    private readonly Workspace _workspace;
    private readonly Compilation _core;

    private CoreCompiler(Workspace workspace, Compilation core) => (_workspace, _core) = (workspace, core);

    /// <summary>Asks MSBuild how it would compile the core, and reads all that does not change from mutant to mutant.</summary>
    public static CoreCompiler Of(Workspace workspace, string repository, string configuration)
    {
        CSharpCommandLineArguments call = CSharpCommandLineParser.Default.Parse(
            Arguments(repository, configuration).Select(argument => argument.Replace(repository, workspace.Root)),
            workspace.Sources,
            RuntimeFolder
        );
        Compilation core = CSharpCompilation.Create(
            call.CompilationName,
            call.SourceFiles.Select(file => Parse(file.Path, File.ReadAllText(file.Path), call.ParseOptions)),
            call.MetadataReferences.Select(reference => MetadataReference.CreateFromFile(reference.Reference)),
            call.CompilationOptions.WithGeneralDiagnosticOption(ReportDiagnostic.Suppress)
                .WithSpecificDiagnosticOptions([])
                // Flow analysis would only warn, and takes much of the time.
                .WithNullableContextOptions(NullableContextOptions.Annotations)
        );
        IEnumerable<ISourceGenerator> generators = call
            .AnalyzerReferences.Where(reference => !reference.FilePath.Contains("NetAnalyzers"))
            .SelectMany(reference => GeneratorsOf(reference.FilePath));
        CSharpGeneratorDriver
            .Create(generators, parseOptions: call.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(core, out core, out _);
        return new(workspace, core);
    }

    /// <summary>Writes Functional.dll where the tests find it; returns the first error instead if there is one.</summary>
    /// <param name="file">A file by its path from the core's folder, or null to compile the core as it is.</param>
    /// <param name="text">What it holds instead.</param>
    public string? Compile(string? file, string? text)
    {
        Compilation changed = _core;
        if (file is not null && text is not null)
        {
            string path = Path.Combine(_workspace.Sources, file);
            SyntaxTree tree = _core.SyntaxTrees.Single(tree => tree.FilePath == path);
            changed = _core.ReplaceSyntaxTree(tree, Parse(path, text, (CSharpParseOptions)tree.Options));
        }
        using FileStream built = File.Create(Path.Combine(_workspace.Tests, "Functional.dll"));
        return changed.Emit(built) is { Success: false } refused
            ? refused.Diagnostics.First(found => found.Severity == DiagnosticSeverity.Error).ToString()
            : null;
    }

    private static string RuntimeFolder => Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static SyntaxTree Parse(string path, string text, CSharpParseOptions options) =>
        CSharpSyntaxTree.ParseText(SourceText.From(text, Encoding.UTF8), options, path);

    private static IEnumerable<ISourceGenerator> GeneratorsOf(string file) =>
        new Microsoft.CodeAnalysis.Diagnostics.AnalyzerFileReference(file, new Loader()).GetGenerators(
            LanguageNames.CSharp
        );

    private static IEnumerable<string> Arguments(string repository, string configuration)
    {
        ProcessStartInfo start = new(
            "dotnet",
            [
                "msbuild",
                Path.Combine(repository, "src", "Functional", "Functional.csproj"),
                $"-p:Configuration={configuration}",
                "-p:ProvideCommandLineArgs=true",
                "-p:SkipCompilerExecution=true",
                // So that it is not up to date.
                "-p:NonExistentFile=none",
                "-t:Compile",
                "-getItem:CscCommandLineArgs",
            ]
        )
        {
            RedirectStandardOutput = true,
        };
        using Process msbuild = Process.Start(start)!;
        string output = msbuild.StandardOutput.ReadToEnd();
        msbuild.WaitForExit();
        if (msbuild.ExitCode != 0)
            throw new InvalidOperationException("MSBuild does not say how it compiles the core.");
        using JsonDocument answer = JsonDocument.Parse(output);
        return
        [
            .. answer
                .RootElement.GetProperty("Items")
                .GetProperty("CscCommandLineArgs")
                .EnumerateArray()
                .Select(item => item.GetProperty("Identity").GetString()!),
        ];
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath) { }

        public System.Reflection.Assembly LoadFromPath(string fullPath) =>
            System.Reflection.Assembly.LoadFrom(fullPath);
    }
}
