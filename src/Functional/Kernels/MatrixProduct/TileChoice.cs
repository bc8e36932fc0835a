namespace Functional.Kernels;

/// <summary>A register tile of a product.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Vectors">Registers per row.</param>
/// <param name="Cycles">What the product would take with it were all of it at hand.</param>
internal readonly record struct Tile(int Rows, int Vectors, double Cycles);

/// <summary>Chooses the register tile of a matrix product by the cycles it would take.</summary>
internal static class TileChoice
{
    private const int MaxRows = 24;
    private const int MaxVectors = 4;

    /// <summary>The tile for an m × n product of k terms.</summary>
    public static Tile Choose(int m, int n, int k, int lanes, int registers)
    {
        int width = (n + lanes - 1) / lanes;
        Tile best = new(1, 1, double.PositiveInfinity);
        for (int vectors = 1; vectors <= Math.Min(MaxVectors, width); vectors++)
        for (int rows = 1; rows <= Math.Min(m, MostRows(vectors, registers)); rows++)
        {
            double cycles = ProductCycles(m, width, k, rows, vectors);
            if (cycles < best.Cycles)
                best = new(rows, vectors, cycles);
        }
        return best;
    }

    /// <summary>The tile for an m × n product of k terms whose m rows are those of one tile.</summary>
    public static Tile Fixed(int m, int n, int k, int lanes, int registers)
    {
        int width = (n + lanes - 1) / lanes;
        Tile best = new(m, 1, ProductCycles(m, width, k, m, 1));
        for (int vectors = 2; vectors <= Math.Min(MaxVectors, width) && MostRows(vectors, registers) >= m; vectors++)
        {
            double cycles = ProductCycles(m, width, k, m, vectors);
            if (cycles < best.Cycles)
                best = new(m, vectors, cycles);
        }
        return best;
    }

    /// <summary>Accumulators, one row of B and one element of A share the registers.</summary>
    private static int MostRows(int vectors, int registers) => Math.Min((registers - vectors - 1) / vectors, MaxRows);

    private static double ProductCycles(int m, int width, int k, int rows, int vectors)
    {
        int restRows = m % rows,
            restVectors = width % vectors;
        double tiles =
            width / vectors * (m / rows * TileCycles(rows, vectors, k) + TileCycles(restRows, vectors, k))
            + m / rows * TileCycles(rows, restVectors, k)
            + TileCycles(restRows, restVectors, k);
        // Every further shape of tile is a further kernel to compile.
        return tiles * (1 + 0.01 * Math.Sign(restRows) + 0.01 * Math.Sign(restVectors));
    }

    /// <summary>A call and its stores, then per term the slowest of: multiply-adds and loads (two per cycle each), latency, issue.</summary>
    private static double TileCycles(int rows, int vectors, int k)
    {
        if (rows == 0 || vectors == 0)
            return 0;
        int accumulators = rows * vectors,
            loads = rows + vectors;
        double perTerm = Math.Max(Math.Max(accumulators, loads) / 2.0, Math.Max(4, (accumulators + loads + 4) / 6.0));
        // Measured: small tiles hide less of what the caches take.
        double small = 0.01 * Math.Max(0, 24 - accumulators);
        return 20 + 1.5 * accumulators + k * (perTerm * (1 + small) + 0.03 * rows + 0.08 * vectors);
    }
}
