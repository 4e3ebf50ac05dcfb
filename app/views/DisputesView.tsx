'use client'
import { Empty } from '../components/Empty'
import { Link } from '../components/Link'
import { Page } from '../components/Page'

/** Answers that were challenged, with what each side must do and by when. */
export function DisputesView() {
  return (
    <Page
      title="Disputes"
      lead="Answers without a proof can be challenged before they are paid. Whoever is wrong loses a bond."
    >
      <Empty
        title="A dispute stands on its job’s page"
        action={
          <Link to="/jobs/" className="button-quiet">
            See all jobs
          </Link>
        }
      >
        In the list of jobs, those under challenge are marked Challenged.
      </Empty>
    </Page>
  )
}
