namespace Functional.Mutations;

/// <summary>A copy of the repository and of its built tests in a folder of its own, where the tests meet changed cores.</summary>
internal sealed class Workspace : IDisposable
{
    private const string Core = "src/Functional";

    private Workspace(string root, string configuration, string framework)
    {
        Root = root;
        Tests = Path.Combine(root, "tests", "Functional.Tests", "bin", configuration, framework);
    }

    public string Root { get; }

    /// <summary>The folder of the test executable.</summary>
    public string Tests { get; }

    /// <summary>The core's folder.</summary>
    public string Sources => Path.Combine(Root, Core);

    public static Workspace Create(string repository, string configuration, string framework)
    {
        Workspace copy = new(
            Directory.CreateTempSubdirectory("functional-mutations-").FullName,
            configuration,
            framework
        );
        Copy(repository, copy.Root, isBuilt: false);
        foreach (string built in new[] { Path.GetRelativePath(copy.Root, copy.Tests), $"{Core}/obj/{configuration}" })
            Copy(Path.Combine(repository, built), Path.Combine(copy.Root, built), isBuilt: true);
        return copy;
    }

    /// <summary>The sources of the core's files, by their paths from the core's folder.</summary>
    public Source Read(string file) => new(file, File.ReadAllText(Path.Combine(Sources, file)));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void Copy(string from, string to, bool isBuilt)
    {
        Directory.CreateDirectory(to);
        foreach (FileInfo file in new DirectoryInfo(from).EnumerateFiles())
            file.CopyTo(Path.Combine(to, file.Name));
        foreach (DirectoryInfo folder in new DirectoryInfo(from).EnumerateDirectories())
            if (isBuilt || folder.Name is not (".git" or "bin" or "obj" or "artifacts"))
                Copy(folder.FullName, Path.Combine(to, folder.Name), isBuilt);
    }
}
