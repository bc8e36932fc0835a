namespace Functional.Kernels;

/// <summary>Chooses the register tile of a matrix product by the cycles it would take.</summary>
internal static class TileChoice
{
    private const int MaxRows = 24;
    private const int MaxVectors = 4;

    /// <summary>The tile (rows, registers per row) for an m × n product of k terms, and the cycles that the product would take with it.</summary>
    public static (int Rows, int Vectors, double Cycles) Choose(int m, int n, int k, int lanes, int registers)
    {
        int width = (n + lanes - 1) / lanes;
        (int Rows, int Vectors, double Cycles) best = (1, 1, double.PositiveInfinity);
        for (int vectors = 1; vectors <= Math.Min(MaxVectors, width); vectors++)
        for (int rows = 1; rows <= Math.Min(m, MostRows(vectors, registers)); rows++)
        {
            double cycles = ProductCycles(m, width, k, rows, vectors);
            if (cycles < best.Cycles)
                best = (rows, vectors, cycles);
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
