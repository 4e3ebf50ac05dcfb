import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { JobsView } from '../../views/JobsView'

export const metadata = pageMetadata('/jobs/')

export default function Page() {
  return (
    <App route="/jobs/">
      <JobsView />
    </App>
  )
}
