namespace Functional.Experiments;

/// <summary>MNIST as experiments take it.</summary>
internal static class MnistData
{
    /// <summary>MNIST, or an error that says how to get it.</summary>
    /// <exception cref="DataException">The context has none.</exception>
    public static Mnist RequireMnist(this ExperimentContext context, Experiment experiment) =>
        context.Mnist
        ?? throw new DataException(
            $"The experiment {experiment.Name} needs MNIST. Give it in the context: Mnist = Datasets.Mnist(folder)."
        );
}
