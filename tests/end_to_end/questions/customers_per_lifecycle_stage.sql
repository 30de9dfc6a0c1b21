-- How many customers are new, returning, loyal and lapsed, and what are they worth?
SELECT
    _acme.lifecycleStage AS stage,
    count(*) AS customers,
    round(sum(_acme.totalSpent), 2) AS spent
FROM sfmc_contacts_latest
GROUP BY ALL
ORDER BY customers DESC, stage
