namespace Functional;

/// <summary>A training and a test set in the layout of MNIST: features as byte / 255, labels 0 … 9; see <see cref="Datasets.Mnist"/>.</summary>
/// <param name="Training">60,000 images in MNIST itself.</param>
/// <param name="Test">10,000 images in MNIST itself.</param>
public sealed record Mnist(Dataset Training, Dataset Test);

/// <summary>Finds and reads the four IDX files.</summary>
internal static class MnistFiles
{
    private const int ClassCount = 10;

    // Training images and labels, test images and labels.
    private static readonly string[] Names =
    [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ];

    public static Mnist Load(string folder)
    {
        string?[] paths = [.. Names.Select(name => Find(folder, name))];
        string[] missing = [.. Names.Where((_, i) => paths[i] is null)];
        if (missing.Length > 0)
            throw new DataException(
                $"MNIST folder '{Path.GetFullPath(folder.Length == 0 ? "." : folder)}' "
                    + (Directory.Exists(folder) ? "lacks " : "does not exist. Needed and missing: ")
                    + $"{string.Join(", ", missing)}. MNIST is four files: {string.Join(", ", Names)}, each raw or with .gz. "
                    + "Put all four into that folder, or name the folder that holds them."
            );
        Dataset training = Read(paths[0]!, paths[1]!);
        Dataset test = Read(paths[2]!, paths[3]!);
        if (training.FeatureShape != test.FeatureShape)
            throw new DataException(
                $"MNIST folder '{folder}': training images have {training.FeatureShape} pixels, test images {test.FeatureShape}. Use the four files of one data set."
            );
        return new Mnist(training, test);
    }

    private static string? Find(string folder, string name)
    {
        string dotted = name.Replace("-idx", ".idx", StringComparison.Ordinal);
        return new[] { name, name + ".gz", dotted, dotted + ".gz" }
            .Select(file => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }

    private static Dataset Read(string imagePath, string labelPath)
    {
        IdxArray images = Idx.Read(imagePath);
        IdxArray labels = Idx.Read(labelPath);
        Require(images, imagePath, 3, "images are unsigned bytes of shape [count, rows, columns]");
        Require(labels, labelPath, 1, "labels are unsigned bytes of shape [count]");
        if (images.Shape[0] != labels.Shape[0])
            throw new DataException(
                $"IDX file '{imagePath}' has {images.Shape[0]} images, '{labelPath}' has {labels.Shape[0]} labels. Use two files of one data set."
            );
        int[] classes = [.. labels.Values<byte>().Data];
        for (int i = 0; i < classes.Length; i++)
            if (classes[i] >= ClassCount)
                throw new DataException(
                    $"IDX file '{labelPath}': label {i} is {classes[i]}, outside 0 … {ClassCount - 1}. Use a label file of MNIST's ten classes."
                );
        Shape pixels = new(images.Shape[1] * images.Shape[2]);
        return Dataset.OfBytes((byte[])images.Data, 1.0 / byte.MaxValue, pixels, classes, ClassCount);
    }

    private static void Require(IdxArray array, string path, int rank, string rule)
    {
        if (array.ElementType != IdxElementType.UnsignedByte || array.Shape.Rank != rank)
            throw new DataException(
                $"IDX file '{path}' holds {array.ElementType} of shape {array.Shape}; MNIST {rule}. Put the right file under this name."
            );
    }
}
