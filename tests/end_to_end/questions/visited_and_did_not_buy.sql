-- Who visited and did not buy? The ten with the most visits.
SELECT
    _acme.subscriberKey AS subscriber,
    count(DISTINCT _acme.sessionID) AS sessions,
    count(*) AS activities,
    count(*) FILTER (WHERE eventType = 'web.formFilledOut') AS forms
FROM sfmc_web_activity_latest
WHERE _acme.subscriberKey IS NOT NULL
GROUP BY ALL
HAVING count(commerce.purchases.value) = 0
ORDER BY activities DESC, sessions DESC, subscriber
LIMIT 10
