using System.Globalization;

namespace Functional;

/// <summary>How near predicted numbers p are to their targets y, over all rows and columns.</summary>
/// <param name="MeanAbsoluteError">mean |p − y|, in the targets' unit.</param>
/// <param name="RootMeanSquaredError">√ mean (p − y)², in the targets' unit.</param>
/// <param name="RSquared">R² = 1 − Σ(p − y)² / Σ(y − ȳ)² with ȳ the mean of y's column: the share of the variance that is explained, 1 for
/// perfect predictions, 0 for those no better than the mean, negative for worse; null where no column's targets vary.</param>
/// <param name="Count">The number of rows.</param>
public sealed record RegressionReport(
    double MeanAbsoluteError,
    double RootMeanSquaredError,
    double? RSquared,
    int Count
)
{
    /// <summary>The three in one line.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"MAE {MeanAbsoluteError:G6}, RMSE {RootMeanSquaredError:G6}, R² {(RSquared is double r ? r.ToString("0.0000", CultureInfo.InvariantCulture) : "undefined")}, {Count:N0} {(Count == 1 ? "row" : "rows")}"
        );
}
